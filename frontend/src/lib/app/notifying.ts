/** Notifications of the browser, for who looks elsewhere while an organiser says something. */

/** Whether this browser has any: not on a page that did not come over HTTPS or from this machine. */
export const canNotify = (): boolean => 'Notification' in window && isSecureContext;

/** Asks for permission; true when it is there. */
export async function mayNotify(): Promise<boolean> {
  return canNotify() && (await Notification.requestPermission()) === 'granted';
}

/** Shows one, unless somebody looks at the page anyway or never allowed it. */
export function notify(title: string, body: string): void {
  if (!canNotify() || Notification.permission !== 'granted' || !document.hidden) return;
  try {
    const shown = new Notification(title, { body, tag: 'announcement' });
    shown.onclick = () => {
      window.focus();
      shown.close();
    };
  } catch {
    // Some phones have the name and allow it to service workers alone; the toast is there in any case.
  }
}
