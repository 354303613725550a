/** What the exchange tells the page before anybody signs in: `/config.json`. */

export interface OidcConfig {
  readonly issuer: string;
  readonly client_id: string;
  readonly audience: string;
  readonly scope: string;
}

export interface Config {
  readonly server_version: string;
  readonly websocket_path: string;
  readonly developer_sign_in: boolean;
  readonly api_keys: boolean;
  readonly invitations: boolean;
  readonly oidc: OidcConfig | null;
}

/** Where the exchange is: elsewhere when the page is deployed alone, else where the page came from. */
export const serverAddress = (): string => (__EXCHANGE_SERVER__ || location.origin).replace(/\/$/, '');

export async function loadConfig(server: string): Promise<Config> {
  const answer = await fetch(`${server}/config.json`, { cache: 'no-store' });
  if (!answer.ok) throw new Error(`the exchange answered ${answer.status}`);
  return (await answer.json()) as Config;
}

export const websocketUrl = (server: string, path: string): string => server.replace(/^http/, 'ws') + path;
