// A password field that was switched to plain text is still a password field. This runs from the first load on.

export type PasswordMemory = { has(element: Element): boolean };

/** Remembers every element that is or was an `<input type="password">` in `root`, from now on. */
export function rememberPasswords(root: Document): PasswordMemory {
  const seen = new WeakSet<Element>();
  const add = (node: Node): void => {
    if (!(node instanceof Element)) return;
    if (node.matches('input[type="password" i]')) seen.add(node);
    for (const field of node.querySelectorAll('input[type="password" i]')) seen.add(field);
  };
  add(root.documentElement);
  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "childList") change.addedNodes.forEach(add);
      else if (change.oldValue?.toLowerCase() === "password" && change.target instanceof Element) {
        seen.add(change.target);
      } else add(change.target);
    }
  }).observe(root, {
    subtree: true,
    childList: true,
    attributes: true,
    attributeFilter: ["type"],
    attributeOldValue: true,
  });
  return seen;
}
