import { useEffect, useRef } from "preact/hooks";
import type UPlot from "uplot";
import "uplot/dist/uPlot.min.css";

export interface Series {
  readonly name: string;
  readonly values: readonly number[];
  /** The name of a colour of tokens.css. */
  readonly color: string;
}

interface ChartProps {
  readonly title: string;
  readonly note: string;
  /** What one point stands for: the first column of the table. */
  readonly unit: string;
  readonly labels: readonly string[];
  readonly series: readonly Series[];
  readonly valueText: (value: number) => string;
  /** Each stands on the ones after it; else in front of the ones before. */
  readonly isStacked?: boolean;
  /** As short as may be. */
  readonly axisText: (value: number) => string;
}

const HEIGHT = 220;
/** Whole numbers alone: half a payment is none. */
const STEPS = Array.from({ length: 13 }, (_, power) => [1, 2, 5].map((step) => step * 10 ** power)).flat();

/** Bars over time. For those who listen, and for those who want figures, the same as a table. */
export function Chart(props: ChartProps) {
  const { title, note, unit, labels, series, valueText, axisText, isStacked = false } = props;
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const place = ref.current;
    if (place === null) return undefined;
    let chart: UPlot | undefined;
    let isOver = false;
    void import("uplot").then(({ default: Plot }) => {
      if (!isOver)
        chart = draw(Plot, { place, labels, series: isStacked ? stack(series) : series, axisText });
    });
    const fit = new ResizeObserver(() => chart?.setSize({ width: place.clientWidth, height: HEIGHT }));
    fit.observe(place);
    return () => {
      isOver = true;
      fit.disconnect();
      chart?.destroy();
    };
  }, [labels, series, axisText, isStacked]);
  return (
    <figure class="panel chart">
      <figcaption>
        <h2>{title}</h2>
        <p class="quiet small">{note}</p>
        <ul class="legend" aria-hidden="true">
          {series.map(({ name, color }) => (
            <li key={name} class={`legend-${color}`}>
              {name}
            </li>
          ))}
        </ul>
      </figcaption>
      <div ref={ref} class="chart-place" aria-hidden="true" />
      <div class="unseen">
        <table>
          <caption>{title}</caption>
          <thead>
            <tr>
              <th scope="col">{unit}</th>
              {series.map(({ name }) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {labels.map((label, index) => (
              <tr key={label}>
                <th scope="row">{label}</th>
                {series.map(({ name, values }) => (
                  <td key={name}>{valueText(values[index] ?? 0)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </figure>
  );
}

type Drawing = Pick<ChartProps, "labels" | "series" | "axisText"> & { readonly place: HTMLElement };

function stack(series: readonly Series[]): readonly Series[] {
  return series.map((one, index) => ({
    ...one,
    values: one.values.map((_, at) =>
      series.slice(index).reduce((sum, { values }) => sum + (values[at] ?? 0), 0),
    ),
  }));
}

/** Series stand in front of each other, the first one behind. */
function draw(Plot: typeof UPlot, { place, labels, series, axisText }: Drawing): UPlot {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const bars = Plot.paths.bars?.({ size: [0.6, 28], radius: 0.2 });
  const axis = {
    stroke: color("ink-soft"),
    font: "12px sans-serif",
    grid: { stroke: color("line"), width: 1 },
  };
  return new Plot(
    {
      width: place.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, points: { show: false } },
      scales: { x: { time: false }, y: { range: (_plot, _min, max) => [0, Math.max(max * 1.1, 1)] } },
      axes: [
        { ...axis, grid: { show: false }, values: (_plot, at) => at.map((index) => labels[index] ?? "") },
        { ...axis, size: 56, incrs: STEPS, values: (_plot, at) => at.map(axisText) },
      ],
      series: [
        {},
        ...series.map(({ name, color: of }) => ({
          label: name,
          fill: color(of),
          stroke: color(of),
          width: 0,
          points: { show: false },
          ...(bars === undefined ? {} : { paths: bars }),
        })),
      ],
    },
    [labels.map((_, index) => index), ...series.map(({ values }) => [...values])],
    place,
  );
}
