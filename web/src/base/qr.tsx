import {renderSVG} from "uqr";

/** A QR code, black on white in the dark as well, for cameras read nothing else well. */
export function Qr({text, label}: {text: string; label: string}) {
  const svg = renderSVG(text, {border: 4, ecc: "M"});
  return <div class="qr" role="img" aria-label={label} dangerouslySetInnerHTML={{__html: svg}} />;
}
