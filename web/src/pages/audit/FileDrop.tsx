import { Button, Field, makeStyles, mergeClasses, Text, tokens } from "@fluentui/react-components";
import { DocumentArrowUpRegular } from "@fluentui/react-icons";
import { useRef, useState } from "react";
import { exports_ } from "../../messages/auditexports";
import { verify as said } from "../../messages/auditverify";

const useStyles = makeStyles({
  drop: {
    display: "flex",
    flexWrap: "wrap",
    alignItems: "center",
    gap: tokens.spacingHorizontalM,
    padding: tokens.spacingHorizontalL,
    border: `1px dashed ${tokens.colorNeutralStroke1}`,
    borderRadius: tokens.borderRadiusMedium,
    overflowWrap: "anywhere",
  },
  over: { backgroundColor: tokens.colorSubtleBackgroundHover, borderTopColor: tokens.colorCompoundBrandStroke },
  icon: { fontSize: "28px", color: tokens.colorNeutralForeground3 },
  hidden: { display: "none" },
});

interface Props {
  file: File | undefined;
  wanting: boolean;
  onFile: (file: File) => void;
}

/** Takes one file, dropped or chosen. */
export function FileDrop({ file, wanting, onFile }: Props) {
  const styles = useStyles();
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  return (
    <Field label={said.file} hint={said.fileHint} validationMessage={wanting ? said.needsFile : undefined}>
      {/* The button does the same by the keyboard. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <div
        role="group"
        className={mergeClasses(styles.drop, over && styles.over)}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => { setOver(false); }}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          const [dropped] = event.dataTransfer.files;
          if (dropped) onFile(dropped);
        }}
      >
        <DocumentArrowUpRegular className={styles.icon} aria-hidden />
        <Text>{file ? <bdi>{said.chosen(file.name, exports_.size(file.size))}</bdi> : said.drop}</Text>
        <Button onClick={() => input.current?.click()}>{said.choose}</Button>
        <input
          ref={input}
          type="file"
          className={styles.hidden}
          aria-label={said.file}
          onChange={(event) => {
            const [chosen] = event.target.files ?? [];
            if (chosen) onFile(chosen);
          }}
        />
      </div>
    </Field>
  );
}
