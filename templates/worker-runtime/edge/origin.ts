/**
 * Sends a request to the origin: the zone's own, or the one a function chose. A Worker may fetch any public host, but the
 * Host header is always that host, unless both names are in this zone; what cannot be done is refused.
 */

import { Unsupported } from "./failure";
import { own } from "./table";
import { rawUrl } from "./url";
import type { EdgeConfig, OriginChoice, OriginSettings } from "./types";

/**
 * The origin's answer. Redirects are never followed: they are answers too. Of the behavior's own origin the path and the
 * custom headers are used; a choice inherits both.
 */
export async function fetchOrigin(
  request: Request,
  settings: OriginSettings | undefined,
  choice: OriginChoice | undefined,
  config: EdgeConfig,
): Promise<Response> {
  const inherited: OriginChoice = {};
  if (settings?.originPath !== undefined && settings.originPath !== "") inherited.originPath = settings.originPath;
  if (settings?.customHeaders !== undefined) inherited.customHeaders = settings.customHeaders;
  const target = { ...inherited, ...choice };
  const response = await (Object.keys(target).length === 0 ? fetch(request) : fetchChosen(request, target, config));
  return response;
}

/** An origin of the distribution, with all of its settings. */
export function chooseById(id: string, config: EdgeConfig): OriginChoice {
  const settings = own(config.origins ?? {}, id);
  if (settings === undefined) throw new Unsupported(`origin "${id}" is not among this Worker's origins`);
  return { originPath: "", customHeaders: {}, ...settings };
}

/** Refuses a name that is none, and a Host header that the platform would ignore. */
export function checkHost(choice: OriginChoice, config: EdgeConfig): void {
  const { domainName, hostHeader } = choice;
  for (const name of [domainName, hostHeader]) {
    // A number at the end makes an address of it, for a URL at least.
    const valid = name === undefined || (/^[a-z0-9._-]+$/i.test(name) && !/(^|\.)(\d+|0x[^.]*)\.?$/i.test(name));
    if (!valid) throw new Unsupported(`"${name}" is no host name`);
  }
  if (hostHeader === undefined || hostHeader === domainName) return;
  const inside = (name: string | undefined) => name === undefined || name === config.zone || name.endsWith(`.${config.zone}`);
  if (!inside(domainName) || !inside(hostHeader)) {
    throw new Unsupported(`Host "${hostHeader}" on a request to "${domainName ?? "the zone"}": both must be in the zone ${config.zone}`);
  }
}

async function fetchChosen(request: Request, choice: OriginChoice, config: EdgeConfig): Promise<Response> {
  checkHost(choice, config);
  const { origin, host, path, query } = rawUrl(request.url);
  const name = choice.hostHeader ?? choice.domainName;
  const scheme = choice.protocol ?? (origin.startsWith("http:") ? "http" : "https");
  const port = choice.port === undefined ? "" : `:${choice.port}`;
  const base = name === undefined && choice.protocol === undefined && port === "" ? origin : `${scheme}://${name ?? host}${port}`;
  const url = base + (choice.originPath ?? "") + path + (query === undefined ? "" : `?${query}`);
  const headers = new Headers(request.headers);
  for (const [key, value] of Object.entries(choice.customHeaders ?? {})) headers.set(key, value);
  headers.delete("host");
  const target = new Request(new Request(url, request), { headers, redirect: "manual" });
  const resolve = choice.hostHeader === undefined ? undefined : choice.domainName;
  return resolve === undefined || resolve === choice.hostHeader
    ? fetch(target)
    : fetch(target, { cf: { resolveOverride: resolve } });
}
