/** One operation as a client saw it. Times are of one clock. */
export interface Operation {
  readonly calledAt: number;
  /** When its answer was there; infinite where none came: then it may take effect at any time, or never. */
  readonly endedAt: number;
}

/** Where one operation stands: what it remembers between two of its steps. */
export type Local = string;

/** What an object may do, one step at a time. A state is text, so that equal ones are equal. */
export interface SequentialModel<Op extends Operation> {
  readonly initial: string;
  /**
   * What the next step of an operation may come to. `local` is absent before its first one. An entry without `local` ends it, and is
   * there only where the answer that was given fits.
   */
  step(
    state: string,
    op: Op,
    local: Local | undefined,
  ): readonly { readonly state: string; readonly local?: Local }[];
  /** What the object may do by itself. */
  spontaneous(state: string): readonly string[];
}

export interface Checked {
  readonly isLinearizable: boolean;
  /** How many positions were looked at. */
  readonly visited: number;
  /** The most operations that could be put in an order, where not all could. */
  readonly ordered: readonly number[];
}

/** Where the search stands: for each operation 0 before its first step, its memory between two, 1 once it has ended. */
interface Position {
  readonly state: string;
  readonly places: readonly Place[];
}

type Place = 0 | 1 | { readonly local: Local };

/**
 * Whether there is one order of the operations' steps, each between its call and its answer, by which the object gives these answers.
 *
 * The search of Wing and Gong, with Lowe's memory: a position (what has ended, what is under way, the state) that was met leads nowhere
 * new. An operation may take a step only if none that has not ended was answered before it was called.
 */
export function checkHistory<Op extends Operation>(ops: readonly Op[], model: SequentialModel<Op>): Checked {
  const met = new Set<string>();
  const left: Position[] = [{ state: model.initial, places: ops.map(() => 0) }];
  let best: readonly number[] = [];
  for (let position = left.pop(); position !== undefined; position = left.pop()) {
    const key = JSON.stringify(position);
    if (met.has(key)) continue;
    met.add(key);
    const { places, state } = position;
    const ended = places.flatMap((place, index) => (place === 1 ? [index] : []));
    if (ended.length > best.length) best = ended;
    if (ops.every(({ endedAt }, index) => places[index] === 1 || endedAt === Number.POSITIVE_INFINITY))
      return { isLinearizable: true, visited: met.size, ordered: ended };
    for (const next of model.spontaneous(state)) left.push({ state: next, places });
    left.push(...stepsFrom(position, ops, model));
  }
  return { isLinearizable: false, visited: met.size, ordered: best };
}

function stepsFrom<Op extends Operation>(
  { state, places }: Position,
  ops: readonly Op[],
  model: SequentialModel<Op>,
): readonly Position[] {
  let firstAnswer = Number.POSITIVE_INFINITY;
  for (const [index, { endedAt }] of ops.entries())
    if (places[index] !== 1 && endedAt < firstAnswer) firstAnswer = endedAt;
  return ops.flatMap((op, index) => {
    const place = places[index] ?? 1;
    if (place === 1 || op.calledAt > firstAnswer) return [];
    const steps = model.step(state, op, place === 0 ? undefined : place.local);
    return steps.map(({ state: next, local }) => ({
      state: next,
      places: places.with(index, local === undefined ? 1 : { local }),
    }));
  });
}
