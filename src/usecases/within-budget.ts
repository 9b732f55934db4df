import type { Clock } from "../clock.ts";

/** What the work came to, or undefined once the budget is spent: the work then goes on, and nobody hears of its end. */
export function withinBudget<Result>(
  clock: Clock,
  { budgetMs, work }: { readonly budgetMs: number; readonly work: Promise<Result> },
): Promise<Result | undefined> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(budgetMs, () => resolve(undefined));
    work.then(resolve, reject).finally(cancel);
  });
}
