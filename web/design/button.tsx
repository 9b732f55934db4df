import type { ComponentChildren } from "preact";
import type { PartProps } from "./part-props.ts";
import "./button.css";

interface Look {
  readonly kind?: "main" | "plain" | "quiet";
  readonly isWide?: boolean;
  readonly children: ComponentChildren;
}

function lookOf({ kind = "main", isWide = false }: Omit<Look, "children">): string {
  return `button button-${kind}${isWide ? " button-wide" : ""}`;
}

type ButtonProps = Look & PartProps<"button", "children">;

/** `isBusy`: it has been pressed, and what it does is under way. It keeps the focus, and says so to those who listen. */
export function Button({
  kind,
  isWide,
  isBusy = false,
  children,
  ...rest
}: ButtonProps & { readonly isBusy?: boolean }) {
  return (
    <button
      type="button"
      {...rest}
      class={lookOf({ kind, isWide })}
      aria-disabled={isBusy}
      aria-busy={isBusy}
    >
      {isBusy && <span class="button-spinner" aria-hidden="true" />}
      {children}
    </button>
  );
}

/** A link that looks as what it does. */
export function ButtonLink({ kind, isWide, children, ...rest }: Look & PartProps<"a", "children">) {
  return (
    <a {...rest} class={lookOf({ kind, isWide })}>
      {children}
    </a>
  );
}
