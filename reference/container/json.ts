/** The depth that Go's encoding/json allows. */
const depthMax = 10_000;

/**
 * JSON.parse for text that others wrote.
 *
 * Why: V8 takes seconds to parse millions of brackets, and the shim serves nobody meanwhile.
 *
 * @throws SyntaxError where the text is no JSON, or is nested too deep
 */
export function parseJson(text: string): unknown {
  if (isTooDeep(text)) throw new SyntaxError(`it is nested too deep (allowed ${depthMax})`);
  return JSON.parse(text);
}

function isTooDeep(text: string): boolean {
  let depth = 0;
  let isString = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '"') isString = !isString;
    else if (isString) i += char === '\\' ? 1 : 0;
    else if (char === '[' || char === '{') {
      if (++depth > depthMax) return true;
    } else if (char === ']' || char === '}') depth--;
  }
  return false;
}
