import { makeStyles, Skeleton, SkeletonItem, Table, TableBody, TableCell, TableHeader, TableHeaderCell, TableRow, tokens } from "@fluentui/react-components";
import type { ReactNode } from "react";
import { messages } from "../messages/common";
import { Failure, type Trouble } from "./Failure";

export interface Column<T> {
  id: string;
  title: string;
  width?: string;
  cell: (row: T) => ReactNode;
}

interface Props<T> {
  label: string;
  columns: Column<T>[];
  rows: T[] | undefined;
  keyOf: (row: T) => string;
  trouble?: Trouble;
  again: () => void;
  empty: ReactNode;
}

const narrow = "@media (max-width: 640px)";
const useStyles = makeStyles({
  table: { tableLayout: "auto", [narrow]: { display: "block", "& thead": { position: "absolute", clipPath: "inset(50%)", width: "1px", height: "1px", overflow: "hidden" }, "& tbody": { display: "block" } } },
  heading: { fontWeight: tokens.fontWeightSemibold },
  row: { ":hover": { backgroundColor: "transparent" }, ":active": { backgroundColor: "transparent" }, [narrow]: { display: "block", padding: `${tokens.spacingVerticalM} 0`, height: "auto" } },
  cell: {
    paddingTop: tokens.spacingVerticalS,
    paddingBottom: tokens.spacingVerticalS,
    height: "auto",
    overflowWrap: "anywhere",
    [narrow]: { display: "flex", gap: tokens.spacingHorizontalM, paddingTop: tokens.spacingVerticalXXS, paddingBottom: tokens.spacingVerticalXXS },
  },
  name: { display: "none", [narrow]: { display: "block", flex: "0 0 6rem", color: tokens.colorNeutralForeground3, ":empty": { display: "none" } } },
  skeleton: { display: "grid", gap: tokens.spacingVerticalL, padding: `${tokens.spacingVerticalL} 0` },
});

/** A list with its four states: loading, failed, empty and full. On a phone each row is a card. */
export function DataTable<T>({ label, columns, rows, keyOf, trouble, again, empty }: Props<T>) {
  const styles = useStyles();
  if (trouble) return <Failure trouble={trouble} again={again} />;
  if (!rows) {
    return (
      <Skeleton className={styles.skeleton} aria-label={messages.loading}>
        {Array.from({ length: 5 }, (_, i) => (
          <SkeletonItem key={i} size={32} />
        ))}
      </Skeleton>
    );
  }
  if (rows.length === 0) return empty;
  return (
    <Table aria-label={label} className={styles.table}>
      <TableHeader>
        <TableRow>
          {columns.map((column) => (
            <TableHeaderCell key={column.id} className={styles.heading} style={{ width: column.width }}>
              {column.title}
            </TableHeaderCell>
          ))}
        </TableRow>
      </TableHeader>
      <TableBody>
        {rows.map((row) => (
          <TableRow key={keyOf(row)} className={styles.row}>
            {columns.map((column) => (
              <TableCell key={column.id} className={styles.cell}>
                <span className={styles.name} aria-hidden>
                  {column.title}
                </span>
                {column.cell(row)}
              </TableCell>
            ))}
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
