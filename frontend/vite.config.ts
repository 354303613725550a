import adapter from '@sveltejs/adapter-static';
import { sveltekit } from '@sveltejs/kit/vite';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vite';

export default defineConfig({
  define: {
    // Where the exchange is when the page is deployed alone; empty when the exchange serves it.
    __EXCHANGE_SERVER__: JSON.stringify(process.env.PUBLIC_EXCHANGE_SERVER ?? '')
  },
  plugins: [
    tailwindcss(),
    sveltekit({
      compilerOptions: { runes: true },
      adapter: adapter({
        pages: process.env.EXCHANGE_PAGE_OUT ?? 'build',
        fallback: 'index.html',
        precompress: true
      }),
      // A version that no build changes by itself: the same sources give the same files.
      version: { name: process.env.npm_package_version ?? '0' }
    })
  ],
  build: { target: 'es2022' },
  server: { proxy: { '/ws': { target: 'http://127.0.0.1:8080', ws: true }, '/config.json': 'http://127.0.0.1:8080' } }
});
