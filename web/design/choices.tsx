import type { ComponentChildren } from "preact";
import "./choices.css";

interface ChoicesProps {
  readonly legend: ComponentChildren;
  readonly name: string;
  readonly options: readonly {
    readonly value: string;
    readonly text: string;
    readonly note?: string | undefined;
  }[];
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Small ones stand side by side, large ones below each other. */
  readonly isSmall?: boolean;
  readonly isLegendUnseen?: boolean;
  readonly isDisabled?: boolean;
}

/** One of a few: a radio group whose whole cards can be pressed. */
export function Choices(props: ChoicesProps) {
  const {
    legend,
    name,
    options,
    value,
    onChange,
    isSmall = false,
    isLegendUnseen = false,
    isDisabled = false,
  } = props;
  return (
    <fieldset disabled={isDisabled}>
      <legend class={isLegendUnseen ? "unseen" : "choices-legend"}>{legend}</legend>
      <div class={isSmall ? "choices choices-small" : "choices"}>
        {options.map((option) => (
          <label key={option.value} class="choice">
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={option.value === value}
              onChange={() => onChange(option.value)}
            />
            <span class="choice-words">
              <span>{option.text}</span>
              {option.note && <small class="choice-note">{option.note}</small>}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
