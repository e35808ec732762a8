/** A share of something as a bar; the number stands beside it. */
export function Bar({ share, kind = "" }: { readonly share: number; readonly kind?: string }) {
  const width = `${(100 * Math.min(1, Math.max(0, share))).toFixed(1)}%`;
  return (
    <svg class={`bar ${kind}`} width="100%" height="8" aria-hidden="true">
      <rect class="ground" width="100%" height="8" rx="4" />
      <rect class="filled" width={width} height="8" rx="4" />
    </svg>
  );
}
