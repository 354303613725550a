import Textarea from './textarea.svelte';

export { Textarea };
