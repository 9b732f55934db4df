/** The id of the order that payment number `index` of the large window pays, for those that are ours. */
export function orderIdOf(index: number): string {
  return `bench-order-${String(index).padStart(9, "0")}`;
}
