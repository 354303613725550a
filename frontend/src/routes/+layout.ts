// One page in the browser: there is nothing a server could render before the socket is open.
export const ssr = false;
export const prerender = false;
