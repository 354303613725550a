/**
 * The page deployed alone, on a host that serves files and nothing else: where its exchange is, and its policy.
 *
 * A host's headers are written down before anything is built, and the policy names inline scripts by their hashes. So it
 * stands in the page itself. It is the one that an exchange sends with the page (exchange/net/page.py), with the
 * exchange, and its issuer, as the only other places to connect to.
 */

import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

const STYLES = [
  "'sha256-S8qMpvofolR8Mpjy4kQvEm7m1q8clzU4dfDH0AmvZjo='", // SvelteKit's announcer of navigations
  "'sha256-iaOezIDcQIoxCULa6FBKKuLUu09R7kG+Mlu+JVfU3Rw='" // the boxes of the command palette
];

/** Where the exchange is, without a slash at the end; empty when it serves the page itself. */
export function serverOf(environment: Record<string, string | undefined>): string {
  const given = environment.PUBLIC_EXCHANGE_SERVER ?? '';
  if (!given) {
    if (environment.VERCEL) throw new Error('Set PUBLIC_EXCHANGE_SERVER to where the exchange is, such as https://…');
    return '';
  }
  return originOf(given, 'PUBLIC_EXCHANGE_SERVER');
}

function originOf(address: string, variable: string): string {
  const url = URL.parse(address);
  if (!url || !/^https?:$/.test(url.protocol) || !/^\/?$/.test(url.pathname) || url.search) {
    throw new Error(`${variable} is not an origin such as https://exchange.example.org: ${address}`);
  }
  return url.origin;
}

/** Origins that the page connects to beside its own: the exchange, and who signs people in, if anybody does. */
function connections(environment: Record<string, string | undefined>): string[] {
  const server = serverOf(environment);
  const issuers = (environment.PUBLIC_EXCHANGE_ISSUER ?? '').split(',').filter((item) => item.trim());
  const others = issuers.map((issuer) => new URL(issuer.trim()).origin);
  return [server, server.replace(/^http/, 'ws'), ...others];
}

export function policy(index: string, connect: readonly string[]): string {
  const scripts = [...index.matchAll(/<script>(.*?)<\/script>/gs)].map(
    ([, script]) => `'sha256-${createHash('sha256').update(script!).digest('base64')}'`
  );
  const rules = {
    'default-src': "'none'",
    'script-src': ["'self'", ...scripts].join(' '),
    'style-src': "'self'",
    'style-src-attr': ["'unsafe-hashes'", ...STYLES].join(' '),
    'font-src': "'self'",
    'img-src': "'self' data:",
    'connect-src': ["'self'", ...connect].join(' '),
    'manifest-src': "'self'",
    'base-uri': "'none'",
    'form-action': "'none'"
  };
  return Object.entries(rules)
    .map(([name, value]) => `${name} ${value}`)
    .join('; ');
}

/** Writes the policy into the built page. */
export function seal(path: string, environment: Record<string, string | undefined>): void {
  const index = readFileSync(path, 'utf-8');
  const meta = `<meta http-equiv="content-security-policy" content="${policy(index, connections(environment))}" />`;
  writeFileSync(path, index.replace('<head>', `<head>\n    ${meta}`));
}
