import { parseMebibytes, parseSwitch } from '../../postgres/parameter-value';
import { isLegacyTimeZone, isStockLocale, missingLibraries } from '../../postgres/stock-image';
import { isPerhapsTimeZone } from '../../postgres/time-zone';
import type { Plan, Setting } from '../plan';

/** What the server gets of the usual stack of 8 MiB. */
const USUAL_STACK_MEBIBYTES = 7.5;

const LIBRARIES = new Set(['shared_preload_libraries', 'session_preload_libraries', 'archive_library']);
const TIME_ZONES = new Set(['timezone', 'log_timezone']);
const LOCALES = new Set(['lc_messages', 'lc_monetary', 'lc_numeric', 'lc_time']);

/** What the setting needs of the node or the image, where it is likely not to be there, or nothing. */
export function unseenNeed(plan: Plan, setting: Setting): string | undefined {
  return ofTheNode(setting) ?? (isStock(plan) ? ofTheImage(plan, setting) : undefined);
}

/** Of the node, or of any image. */
function ofTheNode({ name, value }: Setting): string | undefined {
  if (name === 'huge_pages' && parseSwitch(value) === true) {
    return 'huge pages of the node and a share of them for the container, which `resources` cannot ask for';
  }
  if (TIME_ZONES.has(name) && isPerhapsTimeZone(value)) {
    return 'a time zone that the Node.js of this synthesis does not know: correct the name, unless it is younger than this Node.js and the image has it';
  }
  if (name === 'io_method' && value.toLowerCase() === 'io_uring') return 'system calls that container runtimes forbid unless told otherwise';
  const stack = name === 'max_stack_depth' ? parseMebibytes(value, 'kB') ?? 0 : 0;
  return stack > USUAL_STACK_MEBIBYTES ? 'more stack than the 8MB that container runtimes give unless told otherwise' : undefined;
}

/** Neither an image of somebody's own nor files that are mounted into it. */
function isStock({ image, mounts }: Plan): boolean {
  return !image.ownPasswd && mounts.length === 0;
}

function ofTheImage({ image }: Plan, { name, value }: Setting): string | undefined {
  if (name === 'local_preload_libraries' && value !== '') return 'the official image has no folder `plugins`, from which alone these are loaded';
  const libraries = LIBRARIES.has(name) ? missingLibraries(value) : [];
  if (libraries.length > 0) return `the official image has no library ${libraries.join(', ')}: use \`PostgresImage.custom\``;
  if (TIME_ZONES.has(name) && image.reference.includes('trixie') && isLegacyTimeZone(value)) {
    return 'a name that Debian 13 keeps in a package of its own (tzdata-legacy), which the official image does not have: use the zone\'s name of today, such as Europe/Kyiv';
  }
  // an image of Alpine, whose C library takes any name of a locale, has another user
  return LOCALES.has(name) && image.runAsUser === 999 && !isStockLocale(value)
    ? 'the official image has the locales C, POSIX, C.UTF-8 and en_US.UTF-8' : undefined;
}
