import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";
import "./field.css";

interface FieldProps extends Omit<JSX.IntrinsicElements["input"], "class" | "id" | "label"> {
  readonly label: ComponentChildren;
  /** Stands beside the label: that a field may be left empty. */
  readonly note?: string | undefined;
  readonly hint?: string | undefined;
  /** What is wrong with it, once somebody tried. */
  readonly error?: string | undefined;
}

/** One line of text with its label, its hint and what is wrong with it, tied together for those who listen. */
export function Field({ label, note, hint, error, ...input }: FieldProps) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {label}
        {note && <span class="field-note"> {note}</span>}
      </label>
      <input
        {...input}
        id={id}
        class="field-input"
        aria-invalid={error ? true : undefined}
        aria-describedby={described || undefined}
      />
      {hint && (
        <p id={`${id}-hint`} class="field-hint">
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} class="field-error">
          {error}
        </p>
      )}
    </div>
  );
}

interface SelectProps extends Omit<JSX.IntrinsicElements["select"], "class" | "id" | "label" | "children"> {
  readonly label: string;
  readonly options: readonly (readonly [value: string, text: string])[];
  /** Its id in the document, where something outside must find it. */
  readonly id?: string;
}

export function Select({ label, options, id: given, value, ...select }: SelectProps) {
  const made = useId();
  const id = given ?? made;
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {label}
      </label>
      <select {...select} id={id} class="field-input">
        {options.map(([option, text]) => (
          <option key={option} value={option} selected={option === value}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}
