#!/bin/bash
# An array: each task answers a shard. Afterwards: npx shim-spec merge shards/*.json
#SBATCH --job-name=causes
#SBATCH --array=1-16
#SBATCH --cpus-per-task=1
#SBATCH --mem=4G
set -eu
mkdir -p shards
npx shim-spec causes --all --workers 1 --shard "$SLURM_ARRAY_TASK_ID/16" --output "shards/$SLURM_ARRAY_TASK_ID.json"
