import { Button, makeStyles, MessageBar, MessageBarActions, MessageBarBody, MessageBarTitle, Spinner, Text, tokens } from "@fluentui/react-components";
import { ArrowSyncRegular } from "@fluentui/react-icons";
import type { AccessCheck, OwnMembership } from "../../api/me";
import { me as said } from "../../messages/me";
import { Failure, signInAddress, type Trouble } from "../../ui/Failure";
import { age } from "./age";

const useStyles = makeStyles({
  root: { display: "grid", gap: tokens.spacingVerticalM, marginBottom: tokens.spacingVerticalL },
  list: { margin: 0, paddingLeft: tokens.spacingHorizontalXL, overflowWrap: "anywhere" },
});

export interface Checking {
  busy: boolean;
  result: AccessCheck | undefined;
  trouble: Trouble | undefined;
  onCheck: () => void;
}

interface Props {
  membership: OwnMembership | undefined;
  remarks: string[];
  checking: Checking;
}

/** On what knowledge the page rests, and a newer one. */
export function Checked({ membership, remarks, checking }: Props) {
  const styles = useStyles();
  const { busy, result, trouble, onCheck } = checking;
  return (
    <div className={styles.root}>
      <MessageBar layout="multiline" intent={membership && !membership.known ? "warning" : "info"}>
        <MessageBarBody>
          {membership && basis(membership)} {membership && !membership.known && said.unknown}
        </MessageBarBody>
        <MessageBarActions>
          <Button onClick={onCheck} disabledFocusable={busy} icon={busy ? <Spinner size="tiny" aria-label={said.checking} /> : <ArrowSyncRegular />}>
            {said.check}
          </Button>
        </MessageBarActions>
      </MessageBar>
      {trouble && <Failure trouble={trouble} again={onCheck} />}
      {result && <Outcome result={result} />}
      {[...new Set([...(result?.remarks ?? []), ...remarks])].map((remark) => (
        <MessageBar key={remark} layout="multiline">
          <MessageBarBody>{remark}</MessageBarBody>
          {remark.includes("scopes=groups") && (
            <MessageBarActions>
              <Button as="a" href={`${signInAddress()}&scopes=groups`}>
                {said.consent}
              </Button>
            </MessageBarActions>
          )}
        </MessageBar>
      ))}
    </div>
  );
}

function basis(m: OwnMembership): string {
  return m.source === "none" || !m.at ? said.basis.none : said.basis[m.source](age(m.ageSeconds));
}

/** For so long after an answer the directory is not asked again. */
const restSeconds = 30;

/** How a check came by what it says. */
function askedOf({ asked, membership: m }: AccessCheck): "now" | "before" | "needless" | "failed" {
  if (asked) return "now";
  if (m.at && m.ageSeconds <= restSeconds) return "before";
  return m.source === "none" && m.known ? "needless" : "failed";
}

/** What a check has changed, and whether anybody could be asked. */
function Outcome({ result }: { result: AccessCheck }) {
  const styles = useStyles();
  const lists = (
    [
      [said.gainedRoles, result.rolesGained],
      [said.lostRoles, result.rolesLost],
      [said.gainedTools, result.toolsGained],
      [said.lostTools, result.toolsLost],
    ] as const
  ).filter(([, names]) => names.length > 0);
  const since = result.compared ? said.unchangedSince(new Date(result.compared).toLocaleString("en-US", { dateStyle: "medium", timeStyle: "short" })) : said.first;
  const asked = askedOf(result);
  const failed = asked === "failed";
  const changed = lists.length > 0;
  const unchanged = failed ? said.notAsked.failed : said.unchanged;
  const how = [!changed && since, asked !== "now" && (changed || !failed) && said.notAsked[asked]].filter((text) => text !== false);
  return (
    <div role="status">
      <MessageBar layout="multiline" intent={outcomeIntent(changed, failed)}>
        <MessageBarBody>
          <MessageBarTitle>{changed ? said.changed : unchanged}</MessageBarTitle> {how.join(" ")}
          {changed && (
            <ul className={styles.list}>
              {lists.map(([title, names]) => (
                <li key={title}>
                  {title}: <Text weight="semibold">{names.join(", ")}</Text>
                </li>
              ))}
            </ul>
          )}
        </MessageBarBody>
      </MessageBar>
    </div>
  );
}

function outcomeIntent(changed: boolean, failed: boolean): "warning" | "success" | "info" {
  if (failed) return "warning";
  return changed ? "success" : "info";
}
