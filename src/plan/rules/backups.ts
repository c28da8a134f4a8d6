import { whyImpossible } from '../cron';
import { error, offence, Rule, warning } from '../rule';
import { isPerhapsTimeZone, isTimeZone } from '../time-zone';

/** Purposes that other objects of a database are named by. */
const TAKEN = ['headless', 'r', 'credentials', 'scripts', 'settings', 'reload', 'access', 'topology', 'databases', 'jobs', 'restore'];

/** A backup every hour for more than a year. Each run reads the names of all, and only a slip of the finger asks for more. */
const MOST_KEPT = 10_000;

export const backupRules: readonly Rule[] = [
  {
    code: 'PG1701',
    severity: error,
    cause: 'is not a schedule that a clock can reach',
    cure: 'use the fields minute (0-59), hour (0-23), day (1-31), month (1-12) and weekday (0-6, 0 is Sunday)',
    offences: ({ backups }) => backups.flatMap(({ schedule }, index) => {
      const reason = whyImpossible(schedule);
      return reason === undefined ? [] : [{ prop: `backups[${index}].schedule`, value: schedule, detail: reason }];
    }),
  },
  {
    code: 'PG1702',
    severity: error,
    cause: 'cannot name the objects of a backup',
    cure: `use at most 11 lower-case letters, digits and hyphens, unique among the backups, and none of ${TAKEN.join(', ')}`,
    offences: ({ backups }) => backups.flatMap(({ id }, index) => offence(
      !/^[a-z]([-a-z0-9]{0,9}[a-z0-9])?$/.test(id) || TAKEN.includes(id) || /^restore\d+$/.test(id) || backups.findIndex((other) => other.id === id) < index,
      `backups[${index}].id`, id,
    )),
  },
  {
    code: 'PG1703',
    severity: error,
    cause: 'is not a number of backups to keep',
    cure: `use whole numbers from 0 to ${MOST_KEPT}, and keep at least one backup by \`keepLast\` and \`minimum\``,
    offences: ({ backups }) => backups.flatMap(({ retention }, index) => Object.entries(retention).flatMap(([name, amount]) => offence(
      !Number.isInteger(amount) || amount < (name === 'minimum' || name === 'keepLast' ? 1 : 0) || amount > MOST_KEPT, `backups[${index}].retention.${name}`, amount,
    ))),
  },
  {
    code: 'PG1704',
    severity: error,
    cause: 'is not a time zone',
    cure: 'use a name of the IANA database in its exact spelling, such as `Europe/Paris`',
    offences: ({ backups }) => backups.flatMap(({ timeZone }, index) =>
      offence(!isTimeZone(timeZone) && !isPerhapsTimeZone(timeZone), `backups[${index}].timeZone`, timeZone)),
  },
  {
    code: 'PG1705',
    severity: error,
    cause: 'is not a number of tables to dump at the same time',
    cure: 'use a whole number between 1 and 64',
    offences: ({ backups }) => backups.flatMap(({ parallelJobs }, index) => offence(
      !Number.isInteger(parallelJobs) || parallelJobs < 1 || parallelJobs > 64, `backups[${index}].parallelJobs`, parallelJobs,
    )),
  },
  {
    code: 'PG1706',
    severity: error,
    cause: 'is too short for a backup',
    cure: 'allow a minute at least for the backup, and ten seconds at least for its start, below which the CronJob controller may miss every run',
    offences: ({ backups }) => backups.flatMap(({ deadlineSeconds, startingDeadlineSeconds }, index) => [
      ...offence(deadlineSeconds < 60, `backups[${index}].deadline`, `${deadlineSeconds} seconds`),
      ...offence(startingDeadlineSeconds < 10, `backups[${index}].startingDeadline`, `${startingDeadlineSeconds} seconds`),
    ]),
  },
  {
    code: 'PG1707',
    severity: warning,
    cause: 'is not a time zone that the Node.js of this synthesis knows, and Kubernetes refuses a CronJob whose time zone it does not know either',
    cure: 'correct the name, unless it is younger than this Node.js',
    offences: ({ backups }) => backups.flatMap(({ timeZone }, index) => offence(isPerhapsTimeZone(timeZone), `backups[${index}].timeZone`, timeZone)),
  },
  {
    code: 'PG1708',
    severity: error,
    cause: 'is a claim of the database itself: its backups would fill its volume, and be lost with it',
    cure: 'leave `target` out or use `BackupTarget.volume` for a claim of its own, or name another claim',
    // any ordinal: pods that are to come, or were, count too
    offences: ({ name, backups }) => backups.flatMap(({ claim }, index) =>
      offence(!claim.composed && /^(?:data|wal)-(.*)-\d+$/.exec(claim.name)?.[1] === name, `backups[${index}].target`, claim.name)),
  },
];
