/**
 * Who somebody says they are. A developer name is kept in the browser, a key only as long as the tab unless asked
 * otherwise; tokens of an issuer are kept by its own library.
 */

export type Credentials =
  | { readonly kind: 'developer'; readonly name: string; readonly admin: boolean }
  | { readonly kind: 'token'; readonly token: string; readonly name: string }
  | { readonly kind: 'oidc' };

const KEY = 'exchange.credentials';

export function developerToken(name: string, admin: boolean): string {
  return `dev:${name}${admin ? ':admin' : ''}`;
}

export function loadCredentials(): Credentials | null {
  const kept = sessionStorage.getItem(KEY) ?? localStorage.getItem(KEY);
  if (!kept) return null;
  try {
    return JSON.parse(kept) as Credentials;
  } catch {
    return null;
  }
}

export function keepCredentials(credentials: Credentials, remember: boolean): void {
  forgetCredentials();
  (remember ? localStorage : sessionStorage).setItem(KEY, JSON.stringify(credentials));
}

export function forgetCredentials(): void {
  sessionStorage.removeItem(KEY);
  localStorage.removeItem(KEY);
}

/** An invitation in the address, as `#invitation=…`: the part of an address that no server is told. */
export function invitationInAddress(hash: string): string {
  return new URLSearchParams(hash.replace(/^#/, '')).get('invitation') ?? '';
}
