// Each series has a colour and a pattern, so that nobody needs to tell colours apart.

const SIZE = 6;

/** The definitions of one plot's patterns; `id` keeps them apart from other plots' on the page. */
export function Patterns({id, inks}: {id: string; inks: readonly number[]}) {
  return (
    <defs>
      {inks.map((ink) => (
        <pattern key={ink} id={`${id}-${ink}`} width={SIZE} height={SIZE} patternUnits="userSpaceOnUse">
          <rect width={SIZE} height={SIZE} class={`ink ink-${ink % MARKS.length}`} />
          <path d={MARKS[ink % MARKS.length]} class="mark" />
        </pattern>
      ))}
    </defs>
  );
}

/** The sample beside a series' name. */
export function Swatch({ink}: {ink: number}) {
  return (
    <svg class="swatch" width="14" height="14" aria-hidden="true">
      <rect width="14" height="14" rx="3" class={`ink ink-${ink % MARKS.length}`} />
      <path d={MARKS[ink % MARKS.length]} class="mark" transform="translate(1 1) scale(2)" />
    </svg>
  );
}

const MARKS = [
  "", // plain
  "M-1 7 L7 -1 M-1 1 L1 -1 M5 7 L7 5", // rising
  "M0 1.5 H6 M0 4.5 H6", // lines across
  "M1.5 3 a1.2 1.2 0 1 0 3 0 a1.2 1.2 0 1 0 -3 0", // dots
  "M-1 -1 L7 7 M-1 5 L1 7 M5 -1 L7 1", // falling
  "M3 0 V6", // lines down
];
