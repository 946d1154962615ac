import { Button, makeStyles, tokens } from "@fluentui/react-components";
import { AppsListRegular } from "@fluentui/react-icons";
import { useState } from "react";
import { readClient, useUnlistClient, useUpdateClient } from "../../api/clients";
import { includes } from "../../api/roles";
import { apps as said } from "../../messages/apps";
import { Asking } from "../../shell/Asking";
import { CutOffBar } from "../../shell/CutOffBar";
import { CutOffDialog } from "../../shell/CutOffDialog";
import { useEditing } from "../../shell/editing";
import { usePlace } from "../../shell/place";
import { Voucher } from "../../shell/Voucher";
import { EmptyState } from "../../ui/EmptyState";
import { Facts } from "../../ui/Facts";
import { Failure } from "../../ui/Failure";
import { Panel } from "../../ui/Panel";
import { useTell } from "../../ui/tell";
import { When } from "../../ui/When";
import { ApproveDialog } from "./ApproveDialog";
import { type AppRow, stateOf } from "./rows";

const useStyles = makeStyles({
  body: { display: "grid", gap: tokens.spacingVerticalL },
  actions: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalS },
  mono: { fontFamily: tokens.fontFamilyMonospace, overflowWrap: "anywhere" },
});

/** One AI app: what is known of it, and what can be decided about it. */
export function AppPanel({ row, onApprove, onClose }: { row: AppRow | undefined; onApprove: (row: AppRow) => void; onClose: () => void }) {
  const styles = useStyles();
  if (!row) {
    return (
      <Panel title={said.unknown} onClose={onClose}>
        <EmptyState icon={<AppsListRegular />} title={said.unknown} text={said.unknownText} />
      </Panel>
    );
  }
  return <Known key={row.id} row={row} onApprove={onApprove} onClose={onClose} styles={styles} />;
}

interface KnownProps {
  row: AppRow;
  onApprove: (row: AppRow) => void;
  onClose: () => void;
  styles: ReturnType<typeof useStyles>;
}

function Known({ row, onApprove, onClose, styles }: KnownProps) {
  const { organization, held } = usePlace();
  const { slug } = organization;
  const editing = useEditing((id) => readClient(slug, id), useUpdateClient(slug));
  const unlist = useUnlistClient(slug);
  const [asked, setAsked] = useState<"unlist" | "revoke" | null>(null);
  const [now] = useState(() => Date.now());
  const tell = useTell();
  const { seen, listed } = row;
  const over = () => { setAsked(null); };
  const actions = includes(held, "admin") && (
    <div className={styles.actions}>
      {!listed && <Button appearance="primary" onClick={() => { onApprove(row); }}>{said.approve}</Button>}
      {listed && <Button onClick={() => { editing.open(row.id); }}>{said.edit}</Button>}
      {listed && <Button onClick={() => { setAsked("unlist"); }}>{said.unlist}</Button>}
      <Button onClick={() => { setAsked("revoke"); }}>{said.revoke}</Button>
    </div>
  );
  return (
    <Panel title={<bdi>{row.name}</bdi>} onClose={onClose} actions={actions}>
      <div className={styles.body}>
        <CutOffBar kind="client" subject={row.id} />
        {editing.unread && <Failure trouble={editing.unread} />}
        <span><Voucher host={row.host} id={row.id} byEntra={row.verified || seen?.signsIn === "entra"} /></span>
        <Facts
          facts={[
            [said.software, <bdi key="id" className={styles.mono}>{row.id}</bdi>],
            [said.state, said.states[stateOf(row)]],
            [said.maximum, listed?.maximumPermissions?.patterns.join(", ") ?? (listed && said.noMaximum)],
            [said.signsIn, seen && said.signsInWith[seen.signsIn]],
            [said.people, seen?.people.toLocaleString("en-US")],
            [said.connections, seen?.connections.toLocaleString("en-US")],
            [said.since, seen && <When key="since" at={seen.firstAt} now={now} />],
            [said.lastUsed, seen ? <When key="last" at={seen.lastAt} now={now} /> : said.never],
            [said.registrations, seen && seen.registrations > 0 ? seen.registrations.toLocaleString("en-US") : undefined],
          ]}
        />
      </div>
      {editing.value && (
        <ApproveDialog
          app={row}
          settings={editing.value}
          busy={editing.busy}
          trouble={editing.trouble}
          onCancel={editing.close}
          onSave={(body) => { editing.save(body, () => { tell(said.saved); }); }}
        />
      )}
      {asked === "unlist" && (
        <Asking title={said.unlistTitle(row.name)} action={said.unlist} texts={said.unlistTexts} doing={unlist} input={row.id} onDone={() => { tell(said.unlisted(row.name)); }} onClose={over} />
      )}
      {asked === "revoke" && (
        <CutOffDialog title={said.revokeTitle(row.name)} consequences={said.revokeConsequences} what={{ kind: "client", subject: row.id }} onDone={() => { tell(said.revoked(row.name)); }} onClose={over} />
      )}
    </Panel>
  );
}
