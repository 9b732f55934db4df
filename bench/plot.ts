import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type EChartsOption, init } from "echarts";

const PLOTS = join(import.meta.dirname, "..", "docs", "plots");
const SIZE = { width: 860, height: 420 };
const COLORS = ["#2f5d9b", "#3a9d8f", "#b9653b", "#8a8f98", "#7a5ea8", "#c2a03a"];

export interface PlotSeries {
  readonly name: string;
  /** One per category of a bar chart, or pairs of x and y for lines. */
  readonly values: readonly number[] | readonly (readonly [number, number])[];
}

export interface Plot {
  readonly title: string;
  readonly subtitle: string;
  readonly unit: string;
  readonly series: readonly PlotSeries[];
  /** Of a bar chart. Lines run over numbers: then this is the name of their axis. */
  readonly x: readonly string[] | string;
  readonly isLog?: boolean;
}

/** Draws `docs/plots/<name>.svg`, for the documentation. */
export function writePlot(name: string, plot: Plot): void {
  const chart = init(null, null, { renderer: "svg", ssr: true, ...SIZE });
  chart.setOption(optionOf(plot));
  mkdirSync(PLOTS, { recursive: true });
  writeFileSync(join(PLOTS, `${name}.svg`), `${chart.renderToSVGString()}\n`);
  chart.dispose();
  process.stderr.write(`bench: drawn docs/plots/${name}.svg\n`);
}

function optionOf({ title, subtitle, unit, series, x, isLog = false }: Plot): EChartsOption {
  const isBars = typeof x !== "string";
  const type = isBars ? ("bar" as const) : ("line" as const);
  return {
    animation: false,
    backgroundColor: "#ffffff",
    color: COLORS,
    title: { text: title, subtext: subtitle, left: 16, top: 8, textStyle: { fontSize: 16 } },
    legend: { bottom: 8 },
    grid: { left: 70, right: 30, top: 80, bottom: 70 },
    xAxis: isBars
      ? { type: "category", data: [...x] }
      : { type: "value", name: x, nameLocation: "middle", nameGap: 28 },
    yAxis: { type: isLog ? "log" : "value", name: unit },
    series: series.map(({ name, values }) => ({
      name,
      type,
      data: values.map((value) => (typeof value === "number" ? round(value) : value.map(round))),
      showSymbol: false,
      label: { show: isBars, position: "top", fontSize: 10 },
    })),
  } as EChartsOption;
}

const round = (value: number) => Number(value.toPrecision(3));
