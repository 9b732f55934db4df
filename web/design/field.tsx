import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import type { PartProps } from "./part-props.ts";
import "./field.css";

type FieldProps = PartProps<"input", "id" | "label"> & {
  readonly label: ComponentChildren;
  /** Stands beside the label: that a field may be left empty. */
  readonly note?: string | undefined;
  readonly hint?: string | undefined;
  /** What is wrong with it, once somebody tried. */
  readonly error?: string | undefined;
  /** Its id in the document, where something outside must find it. */
  readonly id?: string;
};

/** One line of text with its label, its hint and what is wrong with it, tied together for those who listen. */
export function Field({ label, note, hint, error, id: given, ...input }: FieldProps) {
  const made = useId();
  const id = given ?? made;
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

type SelectProps = PartProps<"select", "id" | "label" | "children"> & {
  readonly label: string;
  readonly options: readonly (readonly [value: string, text: string])[];
  /** Its id in the document, where something outside must find it. */
  readonly id?: string;
};

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
