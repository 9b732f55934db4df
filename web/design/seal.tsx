import "./seal.css";

/** Where no seal is. */
export function BlankSeal() {
  return <span class="seal-blank" aria-hidden="true" />;
}

/** The seal 도, as on paper. With `says` it means something; without, it is an ornament. */
export function Seal({ says, isFresh = false }: { readonly says?: string; readonly isFresh?: boolean }) {
  const role =
    says === undefined ? ({ "aria-hidden": true } as const) : ({ role: "img", "aria-label": says } as const);
  return (
    <span class={isFresh ? "seal seal-fresh" : "seal"} {...role}>
      <svg viewBox="0 0 64 64" aria-hidden="true">
        <rect class="seal-ground" width="64" height="64" rx="14" />
        <rect class="seal-line" x="6" y="6" width="52" height="52" rx="9" stroke-width="2.5" />
        <g class="seal-line" stroke-width="5" stroke-linecap="square">
          <path d="M44 18.5H21.5v12.5H44" />
          <path d="M32.5 38v7" />
          <path d="M17 47h31" />
        </g>
      </svg>
    </span>
  );
}
