import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { Button } from "./button.tsx";
import "./dialog.css";

interface DialogProps {
  readonly title: string;
  readonly words: { readonly cancel: string };
  /** What pressing it does. Left out: there is nothing to decide, and `cancel` closes it. */
  readonly submit?: string;
  readonly isBusy?: boolean;
  readonly onSubmit?: () => void;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** A question in front of the page. It takes the focus and gives it back, and Escape closes it. */
export function Dialog({ title, words, submit, isBusy = false, onSubmit, onClose, children }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => ref.current?.showModal(), []);
  return (
    <dialog ref={ref} class="dialog" aria-labelledby={id} onClose={onClose}>
      <form
        class="dialog-form"
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit?.();
        }}
      >
        <h2 id={id}>{title}</h2>
        {children}
        <div class="dialog-buttons">
          <Button kind="plain" onClick={() => ref.current?.close()}>
            {words.cancel}
          </Button>
          {submit !== undefined && (
            <Button type="submit" isBusy={isBusy}>
              {submit}
            </Button>
          )}
        </div>
      </form>
    </dialog>
  );
}
