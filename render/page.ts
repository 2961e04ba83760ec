import { escaped } from './sequence-svg.ts';

/** A self-contained page, light and dark, in the style of every report. */
export function pageText(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${escaped(title)}</title><style>
:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #8884;vertical-align:top}.ok td:first-child{color:#1a7f37}.bad td:first-child{color:#cf222e}@media(prefers-color-scheme:dark){.ok td:first-child{color:#3fb950}.bad td:first-child{color:#ff7b72}}.wide{overflow-x:auto}code{overflow-wrap:anywhere}
</style></head><body><main>${body}</main></body></html>`;
}
