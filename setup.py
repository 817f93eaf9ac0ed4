"Hands the requirements of settings.ini to setuptools; everything else stands in pyproject.toml."
from configparser import ConfigParser
from pathlib import Path
from setuptools import setup

cfg = ConfigParser(delimiters=['='])
cfg.read(Path(__file__).parent/'settings.ini', encoding='utf-8')

def needs(key): return cfg['DEFAULT'][key].split()

extras = {key: needs(key) for key in ('notebooks', 'dev', 'site', 'sitetest')}
setup(install_requires=needs('requirements'), extras_require=extras)
