import adapter from '@sveltejs/adapter-static';
import { sveltekit } from '@sveltejs/kit/vite';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vite';
import { seal, serverOf } from './standalone.ts';

const pages = process.env.EXCHANGE_PAGE_OUT ?? 'build';
// Where the exchange is when the page is deployed alone; empty when the exchange serves it.
const server = serverOf(process.env);
const files = adapter({ pages, fallback: 'index.html', precompress: !server });

export default defineConfig({
  define: {
    __EXCHANGE_SERVER__: JSON.stringify(server)
  },
  plugins: [
    tailwindcss(),
    sveltekit({
      compilerOptions: { runes: true },
      adapter: {
        ...files,
        async adapt(builder) {
          await files.adapt(builder);
          if (server) seal(`${pages}/index.html`, process.env);
        }
      },
      // A version that no build changes by itself: the same sources give the same files.
      version: { name: process.env.npm_package_version ?? '0' }
    })
  ],
  build: { target: 'es2022' },
  server: { proxy: { '/ws': { target: 'http://127.0.0.1:8080', ws: true }, '/config.json': 'http://127.0.0.1:8080' } }
});
