import { acceptedContent, inputRequired, type InputRequiredResult, inputResponse, type ServerContext } from '@modelcontextprotocol/server';
import * as z from 'zod';
import type { RequestState } from '../server/request_state.js';
import { ToolError } from './error.js';
import { plainText } from './plain_text.js';

/** A question on a screen is read only so far, in characters. */
export const MAX_QUESTION = 500;

/** What the signed `requestState` remembers between two rounds. */
const remembered = z.strictObject({
  /** What the questions are about: other arguments need other answers. */
  about: z.string(),
  nonce: z.string(),
  asked: z.string(),
  answers: z.record(z.string(), z.unknown()),
});

/** Leaves a handler to put a question to the user; the handler runs again from its start when the answer is there. */
export class Question extends Error {
  override readonly name = 'Question';

  constructor(readonly result: InputRequiredResult) {
    super('The user has to be asked first.');
  }
}

/** What one call asks its user, over as many rounds as that takes (2026-07-28, basic/patterns/mrtr). */
export class Dialogue {
  readonly #known: z.output<typeof remembered> | undefined;
  readonly #answers: Record<string, unknown> = {};
  #nonce: string | undefined;
  #count = 0;

  /**
   * @param about - The tool and a hash of its arguments.
   * @param isPossible - Whether the client can ask its user.
   */
  constructor(
    private readonly about: string,
    private readonly request: ServerContext,
    private readonly requestState: RequestState,
    readonly isPossible: boolean,
  ) {
    // The SDK has verified signature, age, caller and method. An answer without a state was never asked for.
    const state = remembered.safeParse(request.mcpReq.requestState());
    this.#known = state.success && state.data.about === about ? state.data : undefined;
  }

  /** Names this dialogue; the same over all its rounds. */
  get nonce(): string {
    return (this.#nonce ??= this.#known?.nonce ?? crypto.randomUUID());
  }

  /**
   * The answer to a question.
   *
   * @throws {Question} when there is none yet.
   * @throws {ToolError} `permanent` when the user declines, or the client cannot ask.
   */
  async ask<T extends z.ZodObject>(schema: T, message: string): Promise<z.output<T>> {
    const answer = await this.answerTo(schema, message);
    if (answer === undefined) throw declined();
    return answer;
  }

  /** As {@link ask}, but undefined when the user declines. */
  async answerTo<T extends z.ZodObject>(schema: T, message: string): Promise<z.output<T> | undefined> {
    if (!this.isPossible) throw cannotAsk();
    const key = `question_${++this.#count}`;
    const earlier = this.#known?.answers[key];
    const responses = this.#known?.asked === key ? this.request.mcpReq.inputResponses : undefined;
    const response = inputResponse(responses, key);
    if (earlier === undefined && response.kind === 'elicit' && response.action !== 'accept') return undefined;
    const answer = earlier ?? acceptedContent(responses, key, schema);
    if (answer === undefined) throw await this.#question(key, schema, message);
    this.#answers[key] = answer;
    return schema.parse(answer);
  }

  async #question(key: string, schema: z.ZodObject, message: string): Promise<Question> {
    const { about, nonce } = this;
    const state: z.output<typeof remembered> = { about, nonce, asked: key, answers: this.#answers };
    // A form has no word for a closed object; what is answered is held against the schema itself.
    const requestedSchema = z.object(schema.shape);
    return new Question(
      inputRequired({
        inputRequests: { [key]: inputRequired.elicit({ message: plainText(message, MAX_QUESTION), requestedSchema }) },
        requestState: await this.requestState.mint(state, this.request),
      }),
    );
  }
}

/** The user does not want it. */
export const declined = (): ToolError =>
  ToolError.permanent('The user has declined. Nothing has been done.', { hint: 'Do not repeat the call unless the user asks for it.' });

const cannotAsk = (): ToolError =>
  ToolError.permanent('This needs an answer of the user, and this client cannot ask.', {
    hint: 'Use a client that supports elicitation.',
  });
