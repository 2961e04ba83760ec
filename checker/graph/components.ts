/**
 * The strongly connected components of a part of a graph (Tarjan 1972, without recursion).
 *
 * @param within which nodes belong to the part
 * @returns the component of each node; -1 outside the part
 */
export function componentsOf(
  within: Uint8Array,
  edgesOf: (node: number) => readonly { readonly to: number }[],
): Int32Array {
  const size = within.length;
  const component = new Int32Array(size).fill(-1);
  const index = new Int32Array(size).fill(-1);
  const low = new Int32Array(size);
  const open: number[] = [];
  const calls: { node: number; next: number }[] = [];
  let count = 0;
  let components = 0;
  const enter = (node: number): void => {
    index[node] = count;
    low[node] = count++;
    open.push(node);
    calls.push({ node, next: 0 });
  };
  const leave = (node: number): void => {
    const parent = calls.at(-1)?.node;
    if (parent !== undefined) low[parent] = Math.min(low[parent] as number, low[node] as number);
    if (low[node] !== index[node]) return;
    for (let member = open.pop(); member !== undefined; member = open.pop()) {
      component[member] = components;
      if (member === node) break;
    }
    components++;
  };
  for (let root = 0; root < size; root++) {
    if (within[root] === 0 || index[root] !== -1) continue;
    enter(root);
    for (let call = calls.at(-1); call; call = calls.at(-1)) {
      const edge = edgesOf(call.node)[call.next++];
      if (!edge) {
        calls.pop();
        leave(call.node);
      } else if (within[edge.to] === 1) {
        if (index[edge.to] === -1) enter(edge.to);
        else if (component[edge.to] === -1)
          low[call.node] = Math.min(low[call.node] as number, index[edge.to] as number);
      }
    }
  }
  return component;
}
