import type { ComponentChildren, Ref } from "preact";
import "./message.css";

export type Tone = "good" | "warn" | "bad" | "info";

interface MessageProps {
  readonly tone: Tone;
  readonly id?: string;
  /** Read out at once when it appears. */
  readonly isAlert?: boolean;
  readonly focusRef?: Ref<HTMLDivElement>;
  readonly children: ComponentChildren;
}

/** Something that the reader must know. The tone is in the words too, never in the colour alone. */
export function Message({ tone, id, isAlert = false, focusRef, children }: MessageProps) {
  return (
    <div
      class={`message message-${tone}`}
      {...(id === undefined ? {} : { id })}
      {...(isAlert ? { role: "alert" as const } : {})}
      {...(focusRef ? { ref: focusRef, tabIndex: -1 } : {})}
    >
      {children}
    </div>
  );
}
