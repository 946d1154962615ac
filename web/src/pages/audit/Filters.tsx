import { Button, Combobox, Dropdown, Field, Input, makeStyles, mergeClasses, Option, SearchBox, tokens } from "@fluentui/react-components";
import { useState } from "react";
import { audit as said } from "../../messages/audit";
import { effects, kinds, outcomes } from "../../messages/auditkinds";
import { type AuditSearch, choices, narrows, type Span, spans, viewKinds } from "./search";

export interface Known {
  value: string;
  text: string;
}

interface Props {
  search: AuditSearch;
  known: { people: Known[]; apps: Known[]; tools: Known[]; roles: Known[] };
  onChange: (part: Partial<AuditSearch>) => void;
  onClear: () => void;
}

const useStyles = makeStyles({
  root: { display: "grid", gridTemplateColumns: "repeat(auto-fill, minmax(min(13rem, 100%), 1fr))", gap: tokens.spacingHorizontalM, alignItems: "end" },
  narrow: { minWidth: 0, width: "100%", maxWidth: "none" },
  buttons: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalS, marginLeft: `-${tokens.spacingHorizontalM}` },
  below: { gridColumn: "1 / -1" },
});

/** What narrows the log. All of it is in the address. */
export function Filters({ search, known, onChange, onClear }: Props) {
  const styles = useStyles();
  const { view = "signins", span = "month" } = search;
  const [more, setMore] = useState(() => narrows({ ...search, text: undefined, outcome: undefined }));
  return (
    <div className={styles.root} role="search" aria-label={said.filters}>
      <Typed value={search.text} onChange={(text) => { onChange({ text }); }} />
      <Field label={said.span}>
        <Dropdown
          className={styles.narrow}
          value={said.spans[span]}
          selectedOptions={[span]}
          onOptionSelect={(_, to) => {
            const chosen = spans.find((one) => one === to.optionValue);
            if (chosen) onChange({ span: chosen, ...(chosen === "custom" ? {} : { from: undefined, to: undefined }) });
          }}
        >
          {spans.map((one: Span) => (
            <Option key={one} value={one}>
              {said.spans[one]}
            </Option>
          ))}
        </Dropdown>
      </Field>
      {span === "custom" && (
        <>
          <Instant label={said.from} value={search.from} onChange={(from) => { onChange({ from }); }} />
          <Instant label={said.to} value={search.to} onChange={(to) => { onChange({ to }); }} />
        </>
      )}
      <Several label={said.outcome} names={outcomes} all={choices.outcome} chosen={search.outcome} onChange={(outcome) => { onChange({ outcome }); }} />
      {more && (
        <>
          <Several label={said.kind} names={kinds} all={viewKinds[view]} chosen={search.kind} onChange={(kind) => { onChange({ kind }); }} />
          <One label={said.person} known={known.people} value={search.person} onChange={(person) => { onChange({ person }); }} />
          <One label={said.app} known={known.apps} value={search.client} onChange={(client) => { onChange({ client }); }} />
          {view === "calls" && <One label={said.tool} known={known.tools} value={search.tool} onChange={(tool) => { onChange({ tool }); }} />}
          {view === "calls" && <Several label={said.effect} names={effects} all={choices.effect} chosen={search.effect} onChange={(effect) => { onChange({ effect }); }} />}
          <One label={said.role} known={known.roles} value={search.role} onChange={(role) => { onChange({ role }); }} />
        </>
      )}
      <div className={mergeClasses(styles.buttons, more && styles.below)}>
        <Button appearance="subtle" aria-expanded={more} onClick={() => { setMore(!more); }}>
          {more ? said.fewerFilters : said.moreFilters}
        </Button>
        {(narrows(search) || span !== "month") && (
          <Button appearance="subtle" onClick={onClear}>
            {said.clear}
          </Button>
        )}
      </div>
    </div>
  );
}

function Typed({ value, onChange }: { value: string | undefined; onChange: (text: string | undefined) => void }) {
  const styles = useStyles();
  const [text, setText] = useState(value ?? "");
  const [before, setBefore] = useState(value);
  if (value !== before) {
    // Cleared, or another address: the field stays, and so does the focus in it.
    setBefore(value);
    setText(value ?? "");
  }
  const done = () => {
    if (text.trim() !== (value ?? "")) onChange(text.trim() || undefined);
  };
  return (
    <Field label={said.text_}>
      <SearchBox
        className={styles.narrow}
        placeholder={said.textHint}
        maxLength={500}
        value={text}
        onChange={(_, to) => {
          setText(to.value);
          if (to.value === "" && value) onChange(undefined);
        }}
        onKeyDown={(event) => { if (event.key === "Enter") done(); }}
        onBlur={done}
      />
    </Field>
  );
}

/** An instant, by UTC. */
function Instant({ label, value, onChange }: { label: string; value: string | undefined; onChange: (to: string | undefined) => void }) {
  const styles = useStyles();
  return (
    <Field label={label}>
      <Input
        className={styles.narrow}
        type="datetime-local"
        value={value?.slice(0, 16) ?? ""}
        onChange={(_, to) => { onChange(to.value ? `${to.value}:00.000Z` : undefined); }}
      />
    </Field>
  );
}

interface SeveralProps<T extends string> {
  label: string;
  names: Record<string, string>;
  all: readonly T[];
  chosen: T[] | undefined;
  onChange: (to: T[] | undefined) => void;
}

function Several<T extends string>({ label, names, all, chosen = [], onChange }: SeveralProps<T>) {
  const styles = useStyles();
  const [first] = chosen;
  const shown = chosen.length > 1 ? said.selected(chosen.length) : first && (names[first] ?? first);
  return (
    <Field label={label}>
      <Dropdown
        className={styles.narrow}
        multiselect
        placeholder={said.any}
        value={shown ?? ""}
        selectedOptions={chosen}
        onOptionSelect={(_, to) => {
          const next = all.filter((one) => to.selectedOptions.includes(one));
          onChange(next.length > 0 ? next : undefined);
        }}
      >
        {all.map((one) => (
          <Option key={one} value={one}>
            {names[one] ?? one}
          </Option>
        ))}
      </Dropdown>
    </Field>
  );
}

interface OneProps {
  label: string;
  known: Known[];
  value: string | undefined;
  onChange: (to: string | undefined) => void;
}

/** One of what is known, or whatever is typed. */
function One({ label, known, value, onChange }: OneProps) {
  const styles = useStyles();
  const shown = known.find((one) => one.value === value)?.text ?? value ?? "";
  const [text, setText] = useState(shown);
  const [before, setBefore] = useState(shown);
  if (shown !== before) {
    setBefore(shown);
    setText(shown);
  }
  const wanted = text === shown ? "" : text.toLowerCase();
  const found = known.filter((one) => one.text.toLowerCase().includes(wanted)).slice(0, 50);
  return (
    <Field label={label}>
      <Combobox
        className={styles.narrow}
        input={{ className: styles.narrow }}
        freeform
        clearable
        placeholder={said.any}
        value={text}
        selectedOptions={value ? [value] : []}
        onChange={(event) => { setText(event.target.value); }}
        onOptionSelect={(_, to) => { onChange(to.optionValue); }}
        onBlur={() => { if (text !== shown) onChange(known.find((one) => one.text === text)?.value ?? (text.trim() || undefined)); }}
      >
        {found.map((one) => (
          <Option key={one.value} value={one.value}>
            {one.text}
          </Option>
        ))}
      </Combobox>
    </Field>
  );
}
