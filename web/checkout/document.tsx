import type { ComponentChildren } from "preact";
import { renderToString } from "preact-render-to-string";
import type { PageAssets } from "../../src/http/checkout-schemas.ts";
import type { Language } from "../design/language.ts";
import mark from "../design/mark.svg?url";

interface DocumentProps {
  readonly language: Language;
  readonly assets: PageAssets;
  readonly title: string;
  /** What the script in the browser goes on from; a page without it has no script. */
  readonly data?: object;
  readonly children: ComponentChildren;
}

/** One whole HTML document. */
export function renderDocument({ language, assets, title, data, children }: DocumentProps): string {
  const html = renderToString(
    <html lang={language}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>{title}</title>
        <link rel="icon" href={mark} type="image/svg+xml" />
        {assets.styles.map((href) => (
          <link key={href} rel="stylesheet" href={href} />
        ))}
        {data && assets.preloads.map((href) => <link key={href} rel="modulepreload" href={href} />)}
        {data && <script type="module" src={assets.script} />}
      </head>
      <body>
        <div id="app">{children}</div>
        {data && (
          <script type="application/json" id="view" dangerouslySetInnerHTML={{ __html: jsonText(data) }} />
        )}
      </body>
    </html>,
  );
  return `<!doctype html>${html}`;
}

/** JSON that cannot end the element that it stands in: a name may hold `</script>` or `<!--`. */
function jsonText(data: object): string {
  return JSON.stringify(data).replaceAll("<", "\\u003c");
}
