/** A lever was pulled that cannot move: the payment is unknown, or not in a state that allows it. Nothing changed. */
export class LeverRefusal extends Error {
  override readonly name = "LeverRefusal";
}
