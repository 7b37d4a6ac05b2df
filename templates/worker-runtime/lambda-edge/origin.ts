/**
 * The origin in origin events, and what becomes of the one that a function returned. One that is as it was changes
 * nothing; of one that changed, the members that changed are the choice. As on CloudFront the Host header is a header:
 * changing the origin's name does not change it.
 */

import { InvalidResult, Unsupported } from "../edge/failure";
import { isDisallowed } from "../edge/header-names";
import type { OriginChoice } from "../edge/types";
import { linesAfter, putHeader } from "./headers";
import type { EventOrigin, HeaderTable } from "./types";

/** `request.origin`; timeouts and protocols are CloudFront's defaults, which have no counterpart here. */
export function eventOrigin(settings: OriginChoice, viewersHost: string): EventOrigin {
  const customHeaders: HeaderTable = {};
  for (const [name, value] of Object.entries(settings.customHeaders ?? {})) putHeader(customHeaders, name.toLowerCase(), value);
  const any = { customHeaders, domainName: settings.domainName ?? viewersHost, path: settings.originPath ?? "" };
  if (settings.s3 !== undefined) {
    const { authMethod, region } = settings.s3;
    return { s3: { authMethod, ...any, region } };
  }
  const protocol = settings.protocol ?? "https";
  const port = settings.port ?? (protocol === "https" ? 443 : 80);
  return { custom: { ...any, keepaliveTimeout: 5, port, protocol, readTimeout: 30, sslProtocols: ["TLSv1.2"] } };
}

interface Host {
  before: string;
  /** `undefined` when the function took the header away: CloudFront then sends the origin's name. */
  after: string | undefined;
}

/** What a function's changes to origin and Host header ask for; `undefined` when they ask for nothing. */
export function choiceAfter(before: EventOrigin, after: unknown, host: Host): OriginChoice | undefined {
  const old = parts(before);
  const now = after === undefined ? old : parts(after);
  const moved = now.isS3 !== old.isS3 || now.domainName !== old.domainName;
  const choice: OriginChoice = {};
  if (moved && now.isS3 && now.authMethod === "origin-access-identity") {
    throw new Unsupported("request.origin: signing for an origin access identity is not available");
  }
  if (moved) choice.domainName = now.domainName;
  if (moved || now.protocol !== old.protocol || now.port !== old.port) Object.assign(choice, connection(now));
  if (moved || now.path !== old.path) choice.originPath = now.path;
  if (moved || JSON.stringify(now.customHeaders) !== JSON.stringify(old.customHeaders)) choice.customHeaders = now.customHeaders;
  const name = host.after ?? now.domainName;
  if (moved || name !== host.before) {
    if (name === now.domainName) Object.assign(choice, { domainName: name, ...connection(now) });
    else choice.hostHeader = name;
  }
  return Object.keys(choice).length === 0 ? undefined : choice;
}

function connection({ isS3, protocol, port }: Parts): OriginChoice {
  if (isS3) return { protocol: "https" };
  return port === (protocol === "https" ? 443 : 80) ? { protocol } : { protocol, port };
}

interface Parts {
  isS3: boolean;
  domainName: string;
  path: string;
  customHeaders: Record<string, string>;
  protocol: "http" | "https";
  port: number;
  authMethod: unknown;
}

function parts(origin: unknown): Parts {
  const { custom, s3 } = table("request.origin", origin);
  if ((custom === undefined) === (s3 === undefined)) throw new InvalidResult("request.origin must have one of custom and s3");
  const isS3 = custom === undefined;
  const where = isS3 ? "request.origin.s3" : "request.origin.custom";
  const { domainName, path, customHeaders, protocol, port, authMethod } = table(where, isS3 ? s3 : custom);
  if (typeof domainName !== "string" || domainName === "" || /:|^[\d.]+$/.test(domainName)) {
    throw new InvalidResult(`${where}.domainName must be a host name without a port`);
  }
  return {
    isS3,
    domainName,
    path: pathOf(where, path),
    customHeaders: customHeadersOf(where, customHeaders),
    protocol: isS3 ? "https" : protocolOf(where, protocol),
    port: isS3 ? 443 : portOf(where, port, protocol),
    authMethod,
  };
}

function table(where: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new InvalidResult(`${where} must be an object`);
  return value as Readonly<Record<string, unknown>>;
}

function pathOf(where: string, path: unknown): string {
  if (path === undefined || path === "") return "";
  if (typeof path === "string" && path.startsWith("/") && !path.endsWith("/")) return path;
  throw new InvalidResult(`${where}.path must begin with '/' and may not end with it`);
}

function protocolOf(where: string, protocol: unknown): "http" | "https" {
  if (protocol === "http" || protocol === "https") return protocol;
  throw new InvalidResult(`${where}.protocol must be "http" or "https"`);
}

function portOf(where: string, port: unknown, protocol: unknown): number {
  if (port === undefined) return protocol === "http" ? 80 : 443;
  const allowed = typeof port === "number" && Number.isInteger(port) && (port === 80 || port === 443 || (port >= 1024 && port <= 65535));
  if (!allowed) throw new InvalidResult(`${where}.port must be 80, 443 or 1024 to 65535`);
  return port as number;
}

function customHeadersOf(where: string, headers: unknown): Record<string, string> {
  if (headers === undefined) return {};
  const names: Record<string, string> = {};
  for (const [name, values] of linesAfter(`${where}.customHeaders`, headers)) {
    if (isDisallowed(name)) throw new InvalidResult(`${where}.customHeaders may not have "${name}"`);
    names[name] = values.join(", ");
  }
  return names;
}
