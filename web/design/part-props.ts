import type { JSX } from "preact";

/** What an element may be given, but for what the part says itself. By each of its forms: a link with an address, or without one. */
export type PartProps<Tag extends keyof JSX.IntrinsicElements, Own extends PropertyKey> = Without<
  JSX.IntrinsicElements[Tag],
  Own | "class"
>;

type Without<Props, Keys extends PropertyKey> = Props extends unknown ? Omit<Props, Keys> : never;
