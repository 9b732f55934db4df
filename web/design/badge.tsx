import type { ComponentChildren } from "preact";
import type { Tone } from "./message.tsx";
import "./badge.css";

/** A state in one word. */
export function Badge({
  tone,
  children,
}: {
  readonly tone: Tone | "plain";
  readonly children: ComponentChildren;
}) {
  return <span class={`badge badge-${tone}`}>{children}</span>;
}
