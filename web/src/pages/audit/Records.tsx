import { Badge, makeStyles, mergeClasses, Skeleton, SkeletonItem, Text, tokens } from "@fluentui/react-components";
import { SearchRegular } from "@fluentui/react-icons";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type ReactNode, useRef } from "react";
import type { LogRecord } from "../../api/auditrecords";
import { messages } from "../../messages/common";
import { audit as said } from "../../messages/audit";
import { effects } from "../../messages/auditkinds";
import { EmptyState } from "../../ui/EmptyState";
import { Failure, type Trouble } from "../../ui/Failure";
import { More } from "../../ui/More";
import { Outcome } from "./Outcome";
import { aboutOf, idOf, kindOf, numberOf, textOf, timeOf, whoOf } from "./record";
import { viewKinds } from "./search";

interface Props {
  records: LogRecord[] | undefined;
  more: boolean;
  busy: boolean;
  open: string | undefined;
  appName: (client: string) => string;
  trouble: Trouble | undefined;
  again: () => void;
  onMore: () => void;
  onOpen: (id: string) => void;
}

const narrow = "@media (max-width: 760px)";
const line = { display: "grid", gridTemplateColumns: "12rem minmax(0, 5fr) minmax(0, 6fr) minmax(0, 4fr)", columnGap: tokens.spacingHorizontalM, alignItems: "center" } as const;
const useStyles = makeStyles({
  scroll: { height: "min(64vh, 46rem)", overflowY: "auto", overflowX: "hidden", contain: "strict", borderTop: `1px solid ${tokens.colorNeutralStroke2}` },
  head: { ...line, padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalS}`, fontWeight: tokens.fontWeightSemibold, [narrow]: { position: "absolute", width: "1px", height: "1px", overflow: "hidden", clipPath: "inset(50%)" } },
  body: { position: "relative", width: "100%" },
  row: {
    ...line,
    position: "absolute",
    top: 0,
    left: 0,
    width: "100%",
    minHeight: "52px",
    padding: `${tokens.spacingVerticalXS} ${tokens.spacingHorizontalS}`,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    cursor: "pointer",
    ":hover": { backgroundColor: tokens.colorSubtleBackgroundHover },
    [narrow]: { gridTemplateColumns: "minmax(0, 1fr) minmax(0, 1fr)", rowGap: tokens.spacingVerticalXXS },
  },
  chosen: { backgroundColor: tokens.colorSubtleBackgroundSelected, boxShadow: `inset 3px 0 0 ${tokens.colorCompoundBrandStroke}` },
  cell: { display: "grid", minWidth: 0, overflow: "hidden" },
  one: { overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" },
  faint: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200 },
  outcome: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalXS, alignItems: "center" },
  open: {
    appearance: "none",
    padding: 0,
    border: "none",
    background: "none",
    font: "inherit",
    textAlign: "left",
    cursor: "pointer",
    fontVariantNumeric: "tabular-nums",
    color: tokens.colorNeutralForeground1,
    ":hover": { textDecorationLine: "underline" },
    ":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}`, borderRadius: tokens.borderRadiusSmall },
  },
  skeleton: { display: "grid", gap: tokens.spacingVerticalL, padding: `${tokens.spacingVerticalL} 0` },
});

/** How near the end one has to be for more to be asked for. */
const ahead = 40;

/** The records as a table of which only what can be seen is drawn. */
export function Records({ records, more, busy, open, appName, trouble, again, onMore, onOpen }: Props) {
  const styles = useStyles();
  const scroll = useRef<HTMLDivElement>(null);
  const count = records?.length ?? 0;
  // eslint-disable-next-line react-hooks/incompatible-library -- nothing here relies on being memoized
  const rows = useVirtualizer({
    count,
    getScrollElement: () => scroll.current,
    estimateSize: () => 53,
    getItemKey: (index) => {
      const record = records?.[index];
      return record ? idOf(record) : index;
    },
    overscan: 8,
    initialRect: { width: 800, height: 600 },
    onChange: ({ range, isScrolling }) => {
      if (isScrolling && more && !busy && range && range.endIndex >= count - ahead) onMore();
    },
  });
  if (trouble) return <Failure trouble={trouble} again={again} />;
  if (!records) {
    return (
      <Skeleton className={styles.skeleton} aria-label={messages.loading}>
        {Array.from({ length: 6 }, (_, i) => (
          <SkeletonItem key={i} size={32} />
        ))}
      </Skeleton>
    );
  }
  if (count === 0 && !more) return <EmptyState icon={<SearchRegular />} title={said.empty} text={said.emptyText} />;
  const go = (event: KeyboardEvent, index: number) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const to = Math.min(count - 1, Math.max(0, index + step));
    rows.scrollToIndex(to);
    const focus = () => scroll.current?.querySelector<HTMLButtonElement>(`[data-index="${to}"] button`)?.focus();
    requestAnimationFrame(() => requestAnimationFrame(focus));
    if (more && !busy && to >= count - ahead) onMore();
  };
  return (
    <>
      <div role="table" aria-label={said.title} aria-rowcount={more ? -1 : count + 1} aria-colcount={4}>
        <div role="rowgroup">
          <div role="row" aria-rowindex={1} className={styles.head}>
            {[said.time, said.who, said.what, said.how].map((title) => (
              <span key={title} role="columnheader">
                {title}
              </span>
            ))}
          </div>
        </div>
        <div ref={scroll} className={styles.scroll} role="rowgroup">
          <div className={styles.body} role="presentation" style={{ height: `${rows.getTotalSize()}px` }}>
            {rows.getVirtualItems().map(({ index, start }) => {
              const record = records[index];
              if (!record) return null;
              const id = idOf(record);
              return (
                // The row's button does the same by the keyboard.
                // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
                <div
                  key={id}
                  ref={rows.measureElement}
                  data-index={index}
                  role="row"
                  aria-rowindex={index + 2}
                  className={mergeClasses(styles.row, id === open && styles.chosen)}
                  style={{ transform: `translateY(${start}px)` }}
                  onClick={() => { onOpen(id); }}
                >
                  <Row record={record} appName={appName} onKey={(event) => { go(event, index); }} />
                </div>
              );
            })}
          </div>
        </div>
      </div>
      <More shown={said.shown(count, more)} more={more} busy={busy} onMore={onMore} />
    </>
  );
}

function Row({ record: { fields, trouble }, appName, onKey }: { record: LogRecord; appName: (client: string) => string; onKey: (event: KeyboardEvent) => void }) {
  const styles = useStyles();
  const about = aboutOf(fields);
  const kind = kindOf(fields);
  const effect = textOf(fields, "effect");
  const many = numberOf(fields, "count");
  const at = timeOf(fields);
  const client = textOf(fields, "client");
  const signIn = viewKinds.signins.includes(textOf(fields, "kind") ?? ""); // what it was about is an address or an ID
  return (
    <>
      <Cell>
        <button type="button" className={styles.open} aria-label={said.open(about ? `${kind}: ${about}` : kind, at)} onKeyDown={onKey}>
          {at}
        </button>
      </Cell>
      <Cell faint={client && appName(client)}>
        <bdi>{whoOf(fields)}</bdi>
      </Cell>
      <Cell faint={about && (signIn ? about : kind)}>
        <bdi>{signIn ? kind : (about ?? kind)}</bdi>
      </Cell>
      <div role="cell" className={styles.outcome}>
        <Outcome outcome={textOf(fields, "outcome")} intent={textOf(fields, "phase") === "intent"} />
        {trouble && <Badge color="danger">{trouble}</Badge>}
        <Text size={200} className={styles.faint}>
          {[effect && effect !== "read" ? effects[effect] : undefined, textOf(fields, "reason"), many === undefined ? undefined : amount(fields, many)].filter(Boolean).join(" · ")}
        </Text>
      </div>
    </>
  );
}

/** A list has entries; everything else that counts says how often it was. */
const amount = (fields: LogRecord["fields"], many: number) => (textOf(fields, "kind") === "list" ? said.entries(many) : said.times(many));

function Cell({ faint, children }: { faint?: string; children: ReactNode }) {
  const styles = useStyles();
  return (
    <div role="cell" className={styles.cell}>
      <span className={styles.one}>{children}</span>
      {faint && (
        <span className={mergeClasses(styles.one, styles.faint)}>
          <bdi>{faint}</bdi>
        </span>
      )}
    </div>
  );
}
