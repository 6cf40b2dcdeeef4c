"""The bars that runs train on, and users' own files of them. Knows no run."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from market.data import MarketData
from market.datasets import USER_FILE, DataConfig, DatasetSplits, load_dataset, split_user_file
from market.files.uploads import forget_user_files, keep_user_file, resolve_user_file
from runs.errors import StorageError
from trading_env import episode_window
from training.config import RunConfig


class TrainingData:
    """Users' files lie in `folder`. Any thread may call every method."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, config: RunConfig) -> DatasetSplits:
        """The bars a run would train, validate and test on.

        Raises:
            DataError: they cannot be traded, or there is no such file.
        """
        splits = load_dataset(config.data, partial(resolve_user_file, self._folder))
        episode_window(splits.train, config.environment)
        return splits

    def keep_file(self, content: bytes, name: str) -> tuple[str, DatasetSplits]:
        """Check a user's file and keep it; returns its id and its default split.

        Raises:
            DataError: something is wrong with it, and nothing was kept.
            StorageError: the folder cannot be written.
        """
        try:
            file_id, data = keep_user_file(self._folder, content, name, _default_split)
        except OSError as error:
            raise StorageError(f"the file could not be kept: {error.strerror}") from error
        return file_id, _default_split(replace(data, name=file_id))  # as `load` calls it

    def forget_unused(self, used: Collection[str], before: datetime) -> list[str]:
        """Erase the files that were given before that time and are not used; returns their ids. Raises OSError."""
        return forget_user_files(self._folder, used, before.timestamp())


def _default_split(data: MarketData) -> DatasetSplits:
    """Raises DataError: there are too few bars for it."""
    config = RunConfig(data=DataConfig(dataset=USER_FILE))
    splits = split_user_file(data, config.data)
    episode_window(splits.train, config.environment)
    return splits
