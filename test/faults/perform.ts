import type { Undo } from './fault';
import { faultNamed } from './faults';
import type { RoundPlan } from './plan';
import { pause, Stage } from './stage';

/** Does what a plan says, and in the end undoes it: all pods are there, connected, and hear what is declared. */
export async function perform(stage: Stage, plan: RoundPlan): Promise<void> {
  const undos: Undo[] = [];
  const running: Promise<void>[] = [];
  for (const [index, step] of plan.steps.entries()) {
    if (!step.together) await Promise.all(running);
    if (index > 0 || step.pause > 0) await pause(step.pause);
    stage.note(`=== ${step.fault}`);
    running.push(stage.during(step, async () => faultNamed(step.fault).run(stage, step)).then((undo) => { if (undo) undos.push(undo); }));
    // it is waited for, and then fails, below
    running[running.length - 1].catch(() => undefined);
  }
  await Promise.all(running);
  await pause(plan.rest);
  stage.quiet = false;
  stage.note('=== everything is healed');
  for (const undo of undos.reverse()) await undo();
}
