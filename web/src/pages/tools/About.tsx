import { Badge, Field, Link, makeStyles, Select, tokens } from "@fluentui/react-components";
import type { Tool } from "../../api/tools";
import { effects, tool as said, tools } from "../../messages/tools";
import { Card } from "../../ui/Card";
import { EffectBadge } from "../../ui/EffectBadge";
import { Facts } from "../../ui/Facts";
import { stateOf } from "./filter";

export type Effect = keyof typeof effects;

const useStyles = makeStyles({ change: { marginTop: tokens.spacingVerticalL, maxWidth: "20rem" } });

const all = Object.keys(effects) as Effect[];

export function StateBadge({ tool }: { tool: Tool }) {
  const state = stateOf(tool);
  return (
    <Badge appearance="tint" color={state === "on" ? "success" : "informative"}>
      {tools.states[state]}
    </Badge>
  );
}

interface Props {
  tool: Tool;
  busy: boolean;
  sourceAddress: string | undefined;
  onSource: () => void;
  onEffect: ((effect: Effect) => void) | undefined; // undefined: the role may not
}

export function About({ tool, busy, sourceAddress, onSource, onEffect }: Props) {
  const styles = useStyles();
  const effect = tool.effect && <EffectBadge effect={tool.effect} />;
  return (
    <Card title={said.about}>
      <Facts
        facts={[
          [said.state, <StateBadge key="state" tool={tool} />],
          [said.kind, tool.source ? <SourceLink name={tool.source} address={sourceAddress} onOpen={onSource} /> : said.own],
          [said.permission, <bdi key="name">{tool.name}</bdi>],
          [
            said.effect,
            tool.effect && (
              <>
                {effect} {said.effectText[tool.effect]}
              </>
            ),
          ],
        ]}
      />
      {onEffect && tool.enabled && (
        <Field className={styles.change} label={said.changeEffect} hint={tool.deliveredEffect && said.delivered(effects[tool.deliveredEffect])}>
          <Select
            value={tool.effect}
            disabled={busy}
            onChange={(_, to) => {
              const next = all.find((e) => e === to.value);
              if (next && next !== tool.effect) onEffect(next);
            }}
          >
            {all.map((e) => (
              <option key={e} value={e}>
                {effects[e]}
              </option>
            ))}
          </Select>
        </Field>
      )}
    </Card>
  );
}

function SourceLink({ name, address, onOpen }: { name: string; address: string | undefined; onOpen: () => void }) {
  return (
    <Link
      href={address}
      onClick={(event) => {
        event.preventDefault();
        onOpen();
      }}
    >
      <bdi>{name}</bdi>
    </Link>
  );
}
