import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type Definition, definitionQuery, type DefinitionText, toApprove, useApprove, useWithdraw } from "../../api/definitions";
import { review, source as said } from "../../messages/sources";
import { usePlace } from "../../shell/place";
import { troubleOf } from "../../trouble";
import { useTell } from "../../ui/tell";
import { ReviewPanel } from "./ReviewPanel";
import { WithdrawDialog } from "./SourceDialogs";

interface Props {
  source: string;
  kind: Definition["kind"];
  definition: string;
  mayDecide: boolean;
  onClose: () => void;
}

/** The panel of one definition, and the decisions about it. */
export function Review({ source, kind, definition: name, mayDecide, onClose }: Props) {
  const org = usePlace().organization.slug;
  const read = useQuery(definitionQuery(org, source, kind, name));
  const [approve, withdraw] = [useApprove(org, source), useWithdraw(org, source)];
  const [asked, setAsked] = useState<Definition>();
  const [shown, setShown] = useState<DefinitionText>(); // as it was read: what comes later does not take its place unseen
  if (!shown && read.data && read.isFetchedAfterMount) setShown(read.data);
  const tell = useTell();
  return (
    <>
      <ReviewPanel
        name={name}
        definition={shown ?? read.data}
        trouble={read.error ? troubleOf(read.error) : undefined}
        busy={approve.isPending || withdraw.isPending}
        refused={approve.error ? troubleOf(approve.error) : undefined}
        onApprove={
          mayDecide
            ? (definition, effect) => {
                const one = toApprove(definition, effect);
                if (!one) return;
                approve.mutate([one], {
                  onSuccess: () => {
                    tell(said.approved(1), { text: said.approvedText });
                    onClose();
                  },
                  onError: () => {
                    setShown(undefined); // the panel says why, above what is offered now
                  },
                });
              }
            : undefined
        }
        onWithdraw={
          mayDecide
            ? (definition) => {
                withdraw.reset();
                setAsked(definition);
              }
            : undefined
        }
        onClose={onClose}
      />
      {asked && (
        <WithdrawDialog
          name={name}
          busy={withdraw.isPending}
          trouble={withdraw.error ? troubleOf(withdraw.error) : undefined}
          onConfirm={() => {
            withdraw.mutate(asked, {
              onSuccess: () => {
                tell(review.withdrawn(name));
                onClose();
              },
            });
          }}
          onCancel={() => {
            setAsked(undefined);
          }}
        />
      )}
    </>
  );
}
