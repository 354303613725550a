/** Signing in with an OpenID Connect issuer: authorization code with PKCE. Loaded only where it is needed. */

import { UserManager, WebStorageStateStore, type User } from 'oidc-client-ts';
import type { OidcConfig } from './config';
import type { Token } from '#lib/exchange/renewal.ts';

const CALLBACK = '/signed-in';
const LEAST_SECONDS = 5; // to sign in with; a token that ends earlier is not worth sending

export class Oidc {
  readonly #manager: UserManager;
  /** What the issuer calls the user, once there is a token; empty before. */
  name = '';

  constructor(config: OidcConfig) {
    this.#manager = new UserManager({
      authority: config.issuer,
      client_id: config.client_id,
      redirect_uri: location.origin + CALLBACK,
      post_logout_redirect_uri: location.origin,
      response_type: 'code',
      scope: config.scope,
      extraQueryParams: config.audience ? { audience: config.audience } : {},
      userStore: new WebStorageStateStore({ store: sessionStorage }),
      automaticSilentRenew: false, // a fresh token is asked for when it is needed
      monitorSession: false
    });
  }

  /** Leaves for the issuer; it sends the browser back to `/signed-in`. */
  async begin(): Promise<void> {
    await this.#manager.signinRedirect({ state: location.pathname });
  }

  /** On the way back: returns where the user had been. */
  async finish(): Promise<string> {
    const user = await this.#manager.signinRedirectCallback();
    return typeof user.state === 'string' && user.state !== CALLBACK ? user.state : '/';
  }

  /** An access token; with `fresh` another one where that can be had. Rejects when somebody has to sign in again. */
  async token(fresh: boolean): Promise<Token> {
    let user: User | null = await this.#manager.getUser();
    const isOver = !user || user.expired || (user.expires_in ?? 0) < LEAST_SECONDS;
    if (user?.refresh_token && (fresh || isOver)) user = await this.#manager.signinSilent();
    else if (isOver) user = null;
    if (!user) throw new Error('the sign-in has expired');
    this.name = user.profile.name ?? user.profile.preferred_username ?? '';
    return { value: user.access_token, goodFor: (user.expires_in ?? Infinity) * 1000 };
  }

  async forget(): Promise<void> {
    await this.#manager.removeUser();
  }
}
