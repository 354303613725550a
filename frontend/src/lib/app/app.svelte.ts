/** The page's own state around an exchange: how to sign in, who is signed in, what somebody likes. */

import { createContext } from 'svelte';
import { loadConfig, serverAddress, websocketUrl, type Config } from './config';
import { developerToken, forgetCredentials, keepCredentials, loadCredentials, type Credentials } from './credentials';
import { Desk, sentence } from './desk.svelte';
import { Histories } from './histories.svelte';
import type { Oidc } from './oidc';
import { notify } from './notifying';
import { Preferences } from './preferences.svelte';
import { Ended } from '#lib/exchange/errors.ts';
import { Exchange } from '#lib/exchange/exchange.ts';
import type { Token } from '#lib/exchange/renewal.ts';

export interface SignedIn {
  readonly exchange: Exchange;
  readonly desk: Desk;
  readonly histories: Histories;
}

const CONFIG_RETRY_MS = 2_000;
/** Unused for long, or another page took over: whoever wants to look again does. */
const MAY_RETURN = new Set([4002, 4004]);

export class App {
  readonly server = serverAddress();
  readonly preferences = new Preferences();
  config = $state.raw<Config | null>(null);
  signedIn = $state.raw<SignedIn | null>(null);
  /** Why nobody is signed in any more, or why the exchange cannot be asked; empty when there is nothing to say. */
  problem = $state('');
  /** Who was signed in and may come back with one click: nothing is wrong with how they sign in. */
  returning = $state.raw<Credentials | null>(null);
  helpOpen = $state(false);
  /** Somebody pressed the key for searching; the list of markets takes it from here. */
  searchWanted = $state(false);
  #oidc: Oidc | null = null;

  /** Asks the exchange how to sign in, until it answers, and signs in whoever was here before. */
  async start(): Promise<void> {
    while (!this.config) {
      try {
        this.config = await loadConfig(this.server);
        this.problem = '';
      } catch {
        this.problem = 'The exchange cannot be reached. Trying again…';
        await new Promise((resolve) => setTimeout(resolve, CONFIG_RETRY_MS));
      }
    }
    const credentials = loadCredentials();
    if (credentials && location.pathname !== '/signed-in') await this.signIn(credentials);
  }

  async signIn(credentials: Credentials, remember: boolean | null = null): Promise<void> {
    this.problem = '';
    this.returning = null;
    if (remember !== null) keepCredentials(credentials, remember);
    if (credentials.kind === 'oidc') await this.oidc();
    let current = credentials;
    const exchange = new Exchange({
      url: websocketUrl(this.server, this.config!.websocket_path),
      name: () => (current.kind === 'token' ? current.name : current.kind === 'oidc' ? (this.#oidc?.name ?? '') : ''),
      token: (fresh) => this.#token(current, fresh),
      renews: credentials.kind === 'oidc',
      // An invitation is good once: without the key that it became nobody would come back in.
      accepted: (key) => {
        current = { kind: 'token', token: key, name: '' };
        keepCredentials(current, true);
      },
      schedule: (show) => requestAnimationFrame(show),
      ended: (error) => {
        this.signedIn = null;
        this.problem = `${capital(sentence(error))}.`.replace('..', '.');
        if (error instanceof Ended && MAY_RETURN.has(error.closeCode)) this.returning = current;
        else forgetCredentials();
      }
    });
    this.signedIn = {
      exchange,
      desk: new Desk(exchange, (text) => this.#announced(text)),
      histories: new Histories(exchange)
    };
    exchange.connections.start();
  }

  /** Leaves for the issuer. */
  async signInWithIssuer(): Promise<void> {
    try {
      await (await this.oidc()).begin();
    } catch (error) {
      this.problem = `The sign-in service cannot be reached: ${sentence(error)}`;
    }
  }

  /** Back from the issuer; returns where to go. */
  async finishSignIn(): Promise<string> {
    try {
      const path = await (await this.oidc()).finish();
      await this.signIn({ kind: 'oidc' }, false);
      return path;
    } catch (error) {
      this.problem = `Signing in did not work: ${sentence(error)}`;
      return '/';
    }
  }

  async signOut(): Promise<void> {
    this.signedIn?.exchange.connections.close();
    this.signedIn = null;
    forgetCredentials();
    await this.#oidc?.forget();
  }

  async oidc(): Promise<Oidc> {
    if (!this.#oidc) {
      const config = this.config?.oidc;
      if (!config) throw new Error('this exchange has no sign-in service');
      const { Oidc: Loaded } = await import('./oidc');
      this.#oidc = new Loaded(config);
    }
    return this.#oidc;
  }

  #announced(text: string): void {
    if (this.preferences.notify) notify('Announcement', text);
  }

  async #token(credentials: Credentials, fresh: boolean): Promise<Token> {
    if (credentials.kind === 'oidc') return (await this.oidc()).token(fresh);
    const { kind } = credentials;
    const value = kind === 'token' ? credentials.token : developerToken(credentials.name, credentials.admin);
    return { value, goodFor: Infinity };
  }
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

export const [getApp, setApp] = createContext<App>();
export const [getSignedIn, setSignedIn] = createContext<SignedIn>();
