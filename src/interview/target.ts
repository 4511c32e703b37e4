import { refusal } from '../answers/rules.ts';
import { answerMeta, answersSchema } from '../answers/schema.ts';
import type { Answers } from '../answers/schema.ts';
import { deployTargets } from '../features/index.ts';
import type { Ask } from './ask.ts';

/** Asks for one more deploy target; what the answers rule out, or hold already, is shown with its reason. */
export function askForTarget(answers: Answers, ask: Ask): Promise<Answers['deploy'][number]> {
  const options = deployTargets.map(({ id, title, hint }) => {
    const ruledOut = answers.deploy.includes(id) ? 'is among its targets already' : refusal({ ...answers, deploy: [id] })?.reason;
    return { value: id, label: title, hint, ruledOut };
  });
  return ask.one<Answers['deploy'][number]>(answerMeta.get(answersSchema.shape.deploy)?.prompt ?? 'deploy', options);
}
