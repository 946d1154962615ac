import { useQuery } from "@tanstack/react-query";
import { comparisonQuery, type Proposal, replayQuery } from "../api/whatif";
import { usePlace } from "../shell/place";
import { troubleOf } from "../trouble";
import { WhatIfView } from "./WhatIfView";

/** Asks what a proposal would do. */
export function WhatIf({ proposal }: { proposal: Proposal }) {
  const org = usePlace().organization.slug;
  const compared = useQuery(comparisonQuery(org, proposal));
  const replayed = useQuery(replayQuery(org, proposal));
  return (
    <WhatIfView
      compared={compared.data}
      comparedTrouble={compared.error ? troubleOf(compared.error) : undefined}
      replayed={replayed.data}
      replayedTrouble={replayed.error ? troubleOf(replayed.error) : undefined}
    />
  );
}
