// Addresses as others may see them.
const SECRET_PARAMETER = /(token|session|sid|auth|key|secret|pass|pwd|code|signature|sig|jwt|card|cvc|iban)/i;
export const URL_ATTRIBUTES = new Set([
  "href",
  "src",
  "action",
  "formaction",
  "srcset",
  "poster",
  "cite",
  "data",
  "ping",
  "background",
]);

/** The address without a login in it, and without the values of parameters that look like secrets. */
export function cleanUrl(address: string): string {
  try {
    const url = new URL(address);
    url.username = "";
    url.password = "";
    for (const name of [...url.searchParams.keys()]) {
      if (SECRET_PARAMETER.test(name)) url.searchParams.set(name, "hidden");
    }
    if (/[=&]/.test(url.hash) && SECRET_PARAMETER.test(url.hash)) url.hash = "";
    return url.href;
  } catch {
    return "";
  }
}

export function cleanUrlOrHash(value: string): string {
  return value.startsWith("#") ? value : cleanUrl(value);
}
