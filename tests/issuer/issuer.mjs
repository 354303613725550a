// A real OpenID Connect issuer on loopback, with Kinde's paths and shapes, for tests.
//
// Its configuration is JSON in ISSUER_CONFIG: port, keys (private JWKs, the first one signs), people, audience,
// redirect_uris, token_seconds. Who may sign in is decided by the login form's field "login": there are no passwords.
import Provider from 'oidc-provider';

const config = JSON.parse(process.env.ISSUER_CONFIG);
const url = `http://127.0.0.1:${config.port}`;
const people = Object.fromEntries(config.people.map((person) => [person.subject, person]));
let fetches = 0;
const audienceAsked = new Set(); // grants whose client named the audience

const provider = new Provider(url, {
  clients: [
    {
      client_id: config.page_client_id,
      token_endpoint_auth_method: 'none',
      application_type: 'native',
      redirect_uris: config.redirect_uris,
      post_logout_redirect_uris: config.redirect_uris,
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
    },
    {
      client_id: config.machine_client_id,
      client_secret: config.machine_secret,
      redirect_uris: [],
      grant_types: ['client_credentials'],
      response_types: [],
      token_endpoint_auth_method: 'client_secret_post',
    },
  ],
  jwks: { keys: config.keys },
  cookies: { keys: ['a test needs no secret'] },
  clientBasedCORS: () => true,
  extraParams: ['audience'],
  pkce: { required: () => true },
  scopes: ['openid', 'profile', 'email', 'offline', 'offline_access'],
  claims: { openid: ['sub'], profile: ['name', 'given_name'], email: ['email', 'email_verified'] },
  conformIdTokenClaims: false,
  routes: {
    authorization: '/oauth2/auth',
    token: '/oauth2/token',
    jwks: '/.well-known/jwks',
    userinfo: '/oauth2/v2/user_profile',
    end_session: '/logout',
  },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  issueRefreshToken: async (_, client, code) =>
    client.grantTypeAllowed('refresh_token') && (code.scopes.has('offline') || code.scopes.has('offline_access')),
  rotateRefreshToken: true,
  ttl: {
    AccessToken: () => config.token_seconds,
    ClientCredentials: () => config.token_seconds,
    IdToken: () => config.token_seconds,
    RefreshToken: () => 86400,
    Session: () => 86400,
    Grant: () => 86400,
    Interaction: () => 600,
  },
  findAccount: async (_, subject) =>
    people[subject] && {
      accountId: subject,
      claims: async () => {
        const { name, email, email_verified } = people[subject];
        return { sub: subject, name, email, email_verified };
      },
    },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: async (ctx, form) => {
        ctx.body = `<!doctype html>${form}<script>document.forms[0].submit()</script>`;
      },
    },
    resourceIndicators: {
      enabled: true,
      defaultResource: async () => config.audience,
      useGrantedResource: async () => true,
      getResourceServerInfo: async () => ({
        scope: 'openid profile email offline',
        audience: config.audience,
        accessTokenTTL: config.token_seconds,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'RS256' } },
      }),
    },
  },
  // Kinde's shapes: aud is an array, empty unless the client asked for the audience, azp names the client, permissions and roles are in the token, a machine has no sub.
  formats: {
    customizers: {
      jwt: async (ctx, token, parts) => {
        const { payload } = parts;
        const asked = token.grantId ? audienceAsked.has(token.grantId) : ctx.oidc.body?.audience === config.audience;
        payload.aud = asked ? [config.audience] : [];
        payload.azp = payload.client_id;
        if (token.kind === 'ClientCredentials') {
          delete payload.sub;
          payload.gty = ['client_credentials'];
          payload.permissions = config.machine_permissions;
        } else {
          payload.permissions = people[payload.sub]?.permissions ?? [];
          payload.roles = people[payload.sub]?.roles ?? [];
        }
        delete payload.client_id;
        return parts;
      },
    },
  },
});

provider.use(async (ctx, next) => {
  if (ctx.path === '/.well-known/jwks') fetches += 1;
  if (ctx.path === '/fetches') {
    ctx.body = String(fetches);
    return;
  }
  const asked = ctx.path.match(/^\/interaction\/([\w-]+)$/);
  if (asked && ctx.method === 'GET') {
    const { prompt } = await provider.interactionDetails(ctx.req, ctx.res);
    if (prompt.name === 'consent') {
      await consent(ctx);
      return;
    }
    const options = config.people.map(
      (person) => `<button name="login" value="${person.subject}">${person.name}</button>`,
    );
    ctx.type = 'html';
    ctx.body = `<!doctype html><title>Sign in</title><h1>Test issuer</h1><form method="post">${options.join(' ')}</form>`;
    return;
  }
  if (asked && ctx.method === 'POST') {
    let body = '';
    for await (const part of ctx.req) body += part;
    const login = new URLSearchParams(body).get('login') ?? '';
    if (!people[login]) ctx.throw(400, 'nobody of that name');
    await provider.interactionFinished(ctx.req, ctx.res, { login: { accountId: login } });
    ctx.respond = false;
    return;
  }
  await next();
});

async function consent(ctx) {
  const { params, session, grantId } = await provider.interactionDetails(ctx.req, ctx.res);
  const grant =
    (grantId && (await provider.Grant.find(grantId))) ||
    new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope ?? 'openid');
  grant.addOIDCClaims(['name', 'given_name', 'email', 'email_verified']);
  grant.addResourceScope(config.audience, params.scope ?? 'openid');
  const saved = await grant.save();
  if (params.audience === config.audience) audienceAsked.add(saved);
  const result = { consent: { grantId: saved } };
  await provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: true });
  ctx.respond = false;
}

const server = provider.listen(config.port, '127.0.0.1', () => console.log(JSON.stringify({ url })));
process.on('SIGTERM', () => {
  server.closeAllConnections();
  server.close(() => process.exit(0));
});
