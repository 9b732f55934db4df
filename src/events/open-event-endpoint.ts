import type { EventEndpoint, OutgoingEvent, SendEventResult } from "./event-endpoint.ts";
import { openSignedPool, type SignedTarget, sendingFault } from "./signed-pool.ts";

const DEADLINE_MS = 15_000;
/** A shop that hangs must not take every worker of the task runner. */
const SENDS_MAX = 16;
/** The status is all that counts; a short answer is read so that the connection can be kept. */
const ANSWER_BYTES_MAX = 64 * 1024;

/** Sends signed events to the shop: one POST per attempt, no redirects, a deadline for the whole exchange. */
export function openEventEndpoint(target: SignedTarget): EventEndpoint {
  const { clock } = target;
  const { post, close } = openSignedPool(target, { connections: SENDS_MAX });
  let underWay = 0;
  const send = async (event: OutgoingEvent, signal: AbortSignal): Promise<SendEventResult> => {
    const answer = await post(event, signal);
    await answer.body.dump({ limit: ANSWER_BYTES_MAX, signal }).catch(() => {});
    const { statusCode } = answer;
    return statusCode >= 200 && statusCode < 300
      ? { kind: "taken", status: statusCode }
      : { kind: "not_taken", reason: `http_${statusCode}`, status: statusCode };
  };
  const isBusy = () => underWay >= SENDS_MAX;
  return {
    isBusy,
    async send(event) {
      if (isBusy()) return { kind: "busy" };
      underWay += 1;
      const deadline = new AbortController();
      const cancel = clock.after(DEADLINE_MS, () => deadline.abort());
      try {
        return await send(event, deadline.signal);
      } catch (error) {
        return { kind: "not_taken", reason: sendingFault(error, deadline.signal) };
      } finally {
        cancel();
        underWay -= 1;
      }
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
